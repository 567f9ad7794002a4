// Pictures of the whole body to the server, one at a time, and what it sees in them. Without a server that
// looks (switched off, too busy, no network) the pages go on without.

const WIDEST = 640;
const LEAST_PAUSE_MS = 40;
const TIME_BYTES = 8;

/**
 * @typedef {object} BodySeen
 * @property {(number[]|null)[]|null} points 33 of x, y (shares of the picture) and visibility; null: not seen
 * @property {{code: string, text: string}[]} hints what to change, most important first
 * @property {boolean} ok whether nothing is to be changed
 * @property {{kind: string, text: string, say: string}|null} event something to say now
 * @property {number} count
 * @property {number} target
 * @property {number} held_s
 * @property {boolean} done
 */

/** Sends what a video shows, with the time of each picture, and tells what the server says of it. */
export class BodyLive {
  #over = false;
  #paused = false;
  #waiting = false;
  #canvas = document.createElement("canvas");
  #began = performance.now();
  #lost = 0;

  /**
   * @param {HTMLVideoElement} video
   * @param {string} query "movement=NAME" or "exercise=NAME"
   * @param {{onSeen: (seen: BodySeen) => void, onSummary?: (summary: any) => void, onGone?: () => void}} told
   *   `onGone` where there is no help, or none any more
   */
  constructor(video, query, { onSeen, onSummary, onGone }) {
    this.video = video;
    this.onSeen = onSeen;
    this.onSummary = onSummary;
    this.onGone = onGone;
    const path = `/api/v1/live/body?${query}`;
    this.socket = new WebSocket(new URL(path, location.href).href.replace(/^http/, "ws"));
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => void this.#send());
    this.socket.addEventListener("message", (event) => this.#heard(event));
    this.socket.addEventListener("close", () => this.#gone());
  }

  #heard(event) {
    if (this.#over || typeof event.data !== "string") return;
    const told = JSON.parse(event.data);
    if (told.summary !== undefined) {
      this.#over = true;
      this.socket.close();
      this.onSummary?.(told.summary);
      return;
    }
    this.#waiting = false;
    this.onSeen(told);
    setTimeout(() => void this.#send(), LEAST_PAUSE_MS);
  }

  #gone() {
    if (!this.#over) this.onGone?.();
    this.#over = true;
  }

  async #send() {
    if (this.#over || this.#paused || this.#waiting || this.socket.readyState !== WebSocket.OPEN) return;
    this.#waiting = true;
    const seconds = (performance.now() - this.#began - this.#lost) / 1000;
    const picture = await this.#picture();
    if (this.#over || this.socket.readyState !== WebSocket.OPEN) return;
    if (!picture) {
      this.#waiting = false;
      setTimeout(() => void this.#send(), 300);
      return;
    }
    const whole = new Uint8Array(TIME_BYTES + picture.byteLength);
    new DataView(whole.buffer).setFloat64(0, seconds, true);
    whole.set(new Uint8Array(picture), TIME_BYTES);
    this.socket.send(whole);
  }

  /** @returns {Promise<ArrayBuffer|null>} */
  async #picture() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return null;
    const scale = Math.min(1, WIDEST / Math.max(videoWidth, videoHeight));
    this.#canvas.width = Math.round(videoWidth * scale);
    this.#canvas.height = Math.round(videoHeight * scale);
    this.#canvas.getContext("2d")?.drawImage(this.video, 0, 0, this.#canvas.width, this.#canvas.height);
    const blob = await new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", 0.8));
    return blob ? blob.arrayBuffer() : null;
  }

  /** Send nothing for a while; the clock of the pictures stands still meanwhile. */
  pause() {
    if (this.#paused) return;
    this.#paused = true;
    this.pausedAt = performance.now();
  }

  /** Go on. */
  goOn() {
    if (!this.#paused) return;
    this.#paused = false;
    this.#lost += performance.now() - (this.pausedAt ?? performance.now());
    void this.#send();
  }

  /** Ask for the summary; false where nobody is there to give one. @returns {boolean} */
  end() {
    if (this.#over || this.socket.readyState !== WebSocket.OPEN) return false;
    this.#paused = true;
    this.socket.send("end");
    return true;
  }

  stop() {
    this.#over = true;
    this.socket.close();
  }
}
