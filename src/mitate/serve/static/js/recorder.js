// Recording what the camera sees, second by second into the films kept on this device.
import { keepAwake } from "./camera.js";
import { addPart, beginFilm, changeFilm, forgetFilm, holdFilm } from "./kept.js";

/** What browsers write, best first: hardware H.264 where there is one, then what old phones bear. */
const TYPES = ["video/mp4;codecs=avc1.42E01E", "video/mp4", "video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/webm"];
const PART_MS = 1000;

/** Whether this browser records at all. @returns {boolean} */
export function canRecord() {
  return typeof MediaRecorder === "function" && TYPES.some((type) => MediaRecorder.isTypeSupported(type));
}

/** One recording. */
export class Recorder {
  /** @type {MediaRecorder|null} */ #recorder = null;
  /** @type {import("./kept.js").Film|null} */ #film = null;
  /** @type {Promise<unknown>} */ #writing = Promise.resolve();
  #begun = 0;
  #ticking = 0;
  #letSleep = () => undefined;
  #letGo = () => undefined;
  #ended = /** @type {(() => void)|null} */ (null);

  /**
   * @param {MediaStream} stream
   * @param {{person: string, purpose: string, facts: Record<string, any>, longest: number,
   *   bitsPerSecond?: number, onTick?: (seconds: number) => void, onLongest?: () => void,
   *   onTrouble?: (seconds: number) => void}} told
   *   `longest` in seconds: then `onLongest` is called, or the recording stops where there is none;
   *   `onTrouble` where the browser stops recording by itself (what was recorded is kept)
   */
  constructor(stream, told) {
    this.stream = stream;
    this.told = told;
  }

  /** Seconds recorded so far. @returns {number} */
  get seconds() {
    return this.#begun ? (performance.now() - this.#begun) / 1000 : 0;
  }

  /** @returns {boolean} */
  get running() {
    return this.#recorder?.state === "recording";
  }

  /** Begin. @returns {Promise<void>} */
  async start() {
    const { person, purpose, facts } = this.told;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(this.stream, {
      mimeType,
      videoBitsPerSecond: this.told.bitsPerSecond ?? 4_000_000,
      // @ts-ignore: newer browsers only; every second can then be read without those before
      videoKeyFrameIntervalDuration: 1000,
    });
    const type = (recorder.mimeType || mimeType || "video/webm").split(";")[0];
    const film = await beginFilm({ person, purpose, facts, type });
    this.#film = film;
    this.#letGo = holdFilm(film);
    this.#recorder = recorder;
    recorder.addEventListener("dataavailable", (event) => {
      if (!event.data.size) return;
      const seconds = this.seconds;
      this.#writing = this.#writing.then(() => addPart(film, event.data, seconds));
    });
    recorder.addEventListener("stop", () => this.#stopped());
    this.#letSleep = await keepAwake();
    recorder.start(PART_MS);
    this.#begun = performance.now();
    this.#ticking = window.setInterval(() => this.#tick(), 200);
  }

  #tick() {
    const seconds = this.seconds;
    this.told.onTick?.(seconds);
    if (seconds < this.told.longest || !this.running) return;
    if (this.told.onLongest) this.told.onLongest();
    else void this.stop();
  }

  #stopped() {
    window.clearInterval(this.#ticking);
    this.#letSleep();
    if (this.#ended) this.#ended();
    else this.told.onTrouble?.(this.seconds);
  }

  /**
   * End it; the film is then ready to be sent.
   * @returns {Promise<import("./kept.js").Film>}
   */
  async stop() {
    const film = this.#film;
    if (!film || !this.#recorder) throw new Error("nothing is recorded");
    const seconds = this.seconds;
    if (this.#recorder.state !== "inactive") {
      const over = new Promise((done) => (this.#ended = () => done(undefined)));
      this.#recorder.stop();
      await over;
    }
    await this.#writing;
    this.#begun = 0;
    await changeFilm(film, { state: "ready", seconds: Math.max(film.seconds, seconds) });
    this.#letGo();
    return film;
  }

  /** End it and forget what was recorded. @returns {Promise<void>} */
  async discard() {
    if (this.#film) await forgetFilm(await this.stop());
  }
}
