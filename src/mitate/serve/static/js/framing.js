// Help while the camera runs: small pictures go to the server over a WebSocket, one at a time, and hints come
// back. Without a server that looks (switched off, too busy, no network) the page goes on without.

const WIDEST = 640;
const LEAST_PAUSE_MS = 150;

/**
 * @typedef {object} Framed
 * @property {boolean} seen whether there is a face
 * @property {boolean} ok whether it can be filmed like this
 * @property {{code: string, text: string}[]} hints what to change, most important first
 * @property {number[]|null} box x, y, width, height of the face, shares of the picture
 */

/** Sends what a video shows and tells what the server says of it. */
export class Framing {
  #stopped = false;
  #canvas = document.createElement("canvas");

  /**
   * @param {HTMLVideoElement} video
   * @param {string} path of the WebSocket, as "/api/v1/live/face"
   * @param {{onAnswer: (framed: Framed) => void, onGone?: () => void}} told `onGone` where there is no help
   */
  constructor(video, path, { onAnswer, onGone }) {
    this.video = video;
    this.onAnswer = onAnswer;
    this.onGone = onGone;
    this.socket = new WebSocket(new URL(path, location.href).href.replace(/^http/, "ws"));
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => void this.#send());
    this.socket.addEventListener("message", (event) => this.#heard(event));
    this.socket.addEventListener("close", () => this.#gone());
  }

  #heard(event) {
    if (this.#stopped || typeof event.data !== "string") return;
    this.onAnswer(JSON.parse(event.data));
    setTimeout(() => void this.#send(), LEAST_PAUSE_MS);
  }

  #gone() {
    if (!this.#stopped) this.onGone?.();
    this.#stopped = true;
  }

  async #send() {
    if (this.#stopped || this.socket.readyState !== WebSocket.OPEN) return;
    const picture = await this.#picture();
    if (picture && !this.#stopped && this.socket.readyState === WebSocket.OPEN) this.socket.send(picture);
    else if (!this.#stopped) setTimeout(() => void this.#send(), 500);
  }

  /** @returns {Promise<Blob|null>} */
  #picture() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return Promise.resolve(null);
    const scale = Math.min(1, WIDEST / Math.max(videoWidth, videoHeight));
    this.#canvas.width = Math.round(videoWidth * scale);
    this.#canvas.height = Math.round(videoHeight * scale);
    this.#canvas.getContext("2d")?.drawImage(this.video, 0, 0, this.#canvas.width, this.#canvas.height);
    return new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", 0.8));
  }

  stop() {
    this.#stopped = true;
    this.socket.close();
  }
}
