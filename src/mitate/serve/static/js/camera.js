// The camera, and what can be wrong with it, in words for the person. The page has
// {{ say.block("film-words", "film.js_") }} for the words.
import { announce, facts } from "./shell.js";

const words = facts("film-words");
const UNANSWERED_S = 20;

/** What is wrong with a camera: refused, none, busy, unanswered, lost, insecure or unsupported. */
export class CameraError extends Error {
  /** @param {"refused"|"none"|"busy"|"unanswered"|"lost"|"insecure"|"unsupported"} kind */
  constructor(kind) {
    super(words[`camera_${kind}`] ?? kind);
    this.name = "CameraError";
    this.kind = kind;
  }
}

/**
 * @typedef {object} Camera
 * @property {MediaStream} stream
 * @property {boolean} mirrored whether it looks at the one who looks at the screen
 * @property {number} width of the picture, pixels
 * @property {number} height
 * @property {(lost: () => void) => void} whenLost called once if the camera goes away (unplugged, taken by a call)
 * @property {() => void} stop
 */

/**
 * Ask for the camera.
 * @param {{facing?: "user"|"environment", width?: number, height?: number, onUnanswered?: () => void}} [wanted]
 *   `onUnanswered` is called where the browser's question has not been answered for 20 seconds; the answer is
 *   still waited for
 * @returns {Promise<Camera>}
 * @throws {CameraError}
 */
export async function openCamera({ facing = "user", width = 1280, height = 720, onUnanswered } = {}) {
  if (!window.isSecureContext) throw new CameraError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  const patience = setTimeout(() => onUnanswered?.(), 1000 * UNANSWERED_S);
  try {
    const video = { facingMode: { ideal: facing }, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } };
    return opened(await asked(video), facing);
  } finally {
    clearTimeout(patience);
  }
}

async function asked(video) {
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    if (nameOf(error) !== "OverconstrainedError") throw troubleOf(error);
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
  } catch (error) {
    throw troubleOf(error);
  }
}

function nameOf(error) {
  return error instanceof Error ? error.name : "";
}

function troubleOf(error) {
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "SecurityError":
      return new CameraError("refused");
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return new CameraError("none");
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return new CameraError("busy");
    default:
      return new CameraError("unsupported");
  }
}

/** @param {MediaStream} stream @param {string} facing @returns {Camera} */
function opened(stream, facing) {
  const track = stream.getVideoTracks()[0];
  const settings = track.getSettings();
  return {
    stream,
    mirrored: (settings.facingMode ?? facing) === "user",
    width: settings.width ?? 0,
    height: settings.height ?? 0,
    whenLost(lost) {
      let told = false;
      const tell = () => {
        if (!told) lost();
        told = true;
      };
      track.addEventListener("ended", tell);
      // A call or another app mutes the picture at first; after a few seconds it counts as lost.
      track.addEventListener("mute", () => setTimeout(() => track.muted && track.readyState === "live" && tell(), 4000));
    },
    stop() {
      for (const one of stream.getTracks()) one.stop();
    },
  };
}

/** Show a camera's pictures. @param {HTMLVideoElement} video @param {Camera} camera */
export async function show(video, camera) {
  video.srcObject = camera.stream;
  video.muted = true;
  video.playsInline = true;
  video.classList.toggle("mirrored", camera.mirrored);
  await video.play().catch(() => {
    video.controls = true; // a browser that plays nothing by itself: let the person press play
  });
}

/**
 * Keep the screen on while it is filmed, where the browser can. Browsers let go of it when the page is hidden:
 * it is then asked for again when the page is back.
 * @returns {Promise<() => void>} lets it go again
 */
export async function keepAwake() {
  /** @type {WakeLockSentinel|null} */
  let lock = null;
  let over = false;
  const ask = async () => {
    if (over || document.visibilityState !== "visible" || (lock && !lock.released)) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null; // battery low: goes on without
    if (over) void lock?.release();
  };
  document.addEventListener("visibilitychange", ask);
  await ask();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", ask);
    if (lock && !lock.released) void lock.release();
  };
}

/** Call whenever the page is hidden: the phone was locked, or another app was opened.
 *  @param {() => void} hidden */
export function whenHidden(hidden) {
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && hidden());
}

/**
 * Say on the page what is wrong with the camera, what to do, and the way without it.
 * @param {HTMLElement} place emptied and filled
 * @param {CameraError["kind"]} kind
 * @param {{upload?: string, again?: () => void}} ways `upload` the address of the page to choose a file on
 */
export function showTrouble(place, kind, { upload, again } = {}) {
  const panel = document.createElement("section");
  panel.className = "tone-unsure";
  const title = document.createElement("h2");
  title.textContent = words[`camera_${kind}`];
  const todo = document.createElement("p");
  todo.textContent = words[`camera_${kind}_todo`];
  panel.append(title, todo);
  const ways = document.createElement("div");
  ways.className = "actions";
  if (again) ways.append(button(words.camera_again, "button", again));
  if (kind === "insecure") ways.append(link(words.camera_trust, "button", "/trust"));
  if (upload) ways.append(link(words.camera_file, "button-quiet", upload));
  place.replaceChildren(panel, ways);
  place.hidden = false;
  announce(`${words[`camera_${kind}`]} ${words[`camera_${kind}_todo`]}`, true);
}

/** @param {string} text @param {string} style @param {() => void} pressed */
export function button(text, style, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = style;
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}

/** @param {string} text @param {string} style @param {string} href */
export function link(text, style, href) {
  const made = document.createElement("a");
  made.className = style;
  made.href = href;
  made.textContent = text;
  return made;
}
