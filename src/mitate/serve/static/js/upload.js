// Sending films in parts that can be taken up again (tus 1.0, https://tus.io/protocols/resumable-upload):
// through lost networks, reloads and restarts of the server, until the server has all of it.
import { ApiError, announce, api, csrf, facts, freshCsrf, sleep } from "./shell.js";
import { addFile, beginFilm, blobOf, changeFilm, forgetFilm, holdFilm, isGone, isKept, newId } from "./kept.js";

const words = facts("film-words");
const PART_LEAST = 1 << 20;
const PART_MOST = 4 << 20;
const LONGEST_PAUSE_S = 20;
/** What passes: no network, too many, a full disk, a server that restarts. */
const PASSING = [0, 408, 423, 425, 429, 500, 502, 503, 504, 507];

/**
 * @typedef {object} Sent
 * @property {number} share 0 to 1 of the bytes that the server has
 * @property {"starting"|"sending"|"waiting"|"done"} state `waiting`: for the network, or for the server
 * @property {string} text the same in words
 */

/** What no trying again will mend: too large, or no film. */
const HOPELESS = [413, 415, 422];
/** What waiting is for, where the server tells; else it is the network. */
const WAITS_FOR = { 429: "busy", 500: "busy", 503: "busy", 507: "full" };

/**
 * Send a film: a blob, or one that is kept on this device (which is then forgotten here).
 * @param {{person: string, blob?: Blob, film?: import("./kept.js").Film, purpose?: string,
 *   facts?: Record<string, any>, onProgress?: (sent: Sent) => void, signal?: AbortSignal}} told
 *   `facts`: instrument, context, weight_kg?, movement?, check?
 * @returns {Promise<string>} the capture's id
 * @throws {ApiError} what the person must mend: signed out, not agreed, too large, no film
 */
export async function upload({ person, blob, film, purpose = "", facts: said = {}, onProgress, signal }) {
  if (!film) onProgress?.({ share: 0, state: "starting", text: words.upload_starting });
  const kept = film ?? (await keep(person, purpose, said, blob));
  if (!navigator.locks) return send(kept, onProgress, signal);
  // Another tab may be sending the same film: wait for it, then see what is left.
  return navigator.locks.request(`film-${kept.id}`, { signal }, () => send(kept, onProgress, signal));
}

/**
 * Writes how far a film is. It is read aloud at each quarter and when sending starts to wait, not at each percent.
 * @param {HTMLElement} shown @param {HTMLProgressElement} [bar]
 * @returns {(sent: Sent) => void} for `onProgress`
 */
export function telling(shown, bar) {
  let before = "";
  return (sent) => {
    shown.textContent = sent.text;
    if (bar) bar.value = bar.max * sent.share;
    const mark = `${sent.state} ${Math.floor(4 * sent.share)}`;
    if (mark !== before) announce(sent.text);
    before = mark;
  };
}

/** What the server takes; other names of the same containers are told as these. */
const TYPES = { "video/mp4": "", "video/webm": "", "video/quicktime": "", "video/x-matroska": "", "image/jpeg": "", "image/png": "" };
const KNOWN_AS_OTHERS = /^(text|audio|font)\/|^application\/(pdf|zip|json|msword|vnd\.)/;
const ENDINGS = { mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png" };

/** The type of a file as the server knows it: its first bytes have the last word there.
 *  @param {Blob} blob @returns {string} */
export function typeOf(blob) {
  const plain = blob.type.split(";")[0].toLowerCase();
  if (plain in TYPES) return plain;
  const ending = blob instanceof File ? blob.name.toLowerCase().split(".").pop() ?? "" : "";
  return ENDINGS[ending] ?? "video/mp4";
}

async function keep(person, purpose, said, blob) {
  if (!blob?.size || KNOWN_AS_OTHERS.test(blob.type)) throw new ApiError(422, { what: words.upload_empty });
  const type = typeOf(blob);
  if (said.instrument === "back" && type.startsWith("image/")) throw new ApiError(422, { what: words.upload_photo });
  const film = await beginFilm({ person, purpose, facts: said, type });
  const letGo = holdFilm(film);
  await addFile(film, blob);
  await changeFilm(film, { state: "ready" });
  letGo();
  return film;
}

async function send(film, onProgress, signal) {
  const tell = (share, state, why = 0) => onProgress?.({ share, state, text: textOf(film, share, state, why) });
  const blob = await blobOf(film);
  if (!blob.size) {
    const gone = await isGone(film);
    await forgetFilm(film);
    throw gone ? new ApiError(410, { what: words.upload_elsewhere }) : new ApiError(422, { what: words.upload_empty });
  }
  await changeFilm(film, { state: "sending" });
  tell(0, "starting");
  for (let pause = 1, share = 0, renewed = false; ; pause = Math.min(LONGEST_PAUSE_S, 2 * pause)) {
    try {
      if (!film.upload) await begin(film, blob, signal);
      await parts(film, blob, (now) => {
        pause = 1;
        tell((share = now), "sending");
      }, signal);
      break;
    } catch (error) {
      if (signal?.aborted || !(error instanceof ApiError)) throw error;
      if (error.status === 403 && !renewed) {
        renewed = true; // signed in again in another tab: this page's token is an old one
        if (await freshCsrf()) continue;
      }
      if (error.status === 422 && error.where === "at" && film.sure) await changeFilm(film, { sure: false });
      else if (error.status === 404 || error.status === 410) await forgetUpload(film, error);
      else if (HOPELESS.includes(error.status)) throw await hopeless(film, error);
      else if (!PASSING.includes(error.status) && !(error.status === 409 && film.upload)) throw error;
      tell(share, "waiting", error.status);
      await pauseOrOnline(pause, signal);
    }
  }
  const capture = /** @type {string} */ (film.capture);
  await forgetFilm(film);
  tell(1, "done");
  return capture;
}

/** What a progress is in words. */
function textOf(film, share, state, why) {
  const open = !isKept(film);
  if (state === "waiting") return words[`upload_${WAITS_FOR[why] ?? (open ? "waiting_open" : "waiting")}`];
  const text = fillShare(words[`upload_${state}`], share);
  return open && state !== "done" ? `${text} ${words.upload_open}` : text;
}

// A chosen file is still where it was chosen; what was filmed here stays, to be looked at or deleted.
async function hopeless(film, error) {
  if (film.seconds) await changeFilm(film, { state: "ready" });
  else await forgetFilm(film);
  if (error.kind === "NotAFilmError") return new ApiError(422, { what: words.upload_empty });
  return error.status === 422 ? error : new ApiError(error.status, { what: toldBy(error.status) });
}

function fillShare(text, share) {
  return (text ?? "").replace("{percent}", String(Math.floor(100 * share)));
}

async function begin(film, blob, signal) {
  const body = { ...film.facts, length: blob.size, content_type: film.type, ...(film.sure && { at: film.at }) };
  const headers = { "Idempotency-Key": film.id };
  const told = await api("POST", `/api/v1/people/${film.person}/captures`, body, { headers, signal });
  await changeFilm(film, { capture: told.id, upload: told.upload });
}

// The server no longer knows this upload (too old, or restored from a backup): begin anew, under a new key,
// but only if it had known it: a 404 for the person herself would come again for ever.
async function forgetUpload(film, error) {
  if (!film.upload) throw error;
  const old = { ...film };
  const blob = await blobOf(old);
  await forgetFilm(old);
  Object.assign(film, { id: newId(), upload: null, capture: null, parts: 0 });
  await addFile(film, blob);
}

async function parts(film, blob, onShare, signal) {
  let offset = await offsetOf(film, signal);
  let size = PART_LEAST;
  if (offset > blob.size) throw new ApiError(410, { what: words.upload_failed }); // of another film: begin anew
  onShare(offset / blob.size);
  while (offset < blob.size) {
    const from = offset;
    const begun = performance.now();
    const part = blob.slice(from, Math.min(from + size, blob.size));
    offset = await patch(film.upload, from, part, (loaded) => onShare((from + loaded) / blob.size), signal);
    onShare(offset / blob.size);
    // Parts that take about two seconds: large enough to be quick, small enough to lose little.
    const seconds = Math.max(0.05, (performance.now() - begun) / 1000);
    size = Math.min(PART_MOST, Math.max(PART_LEAST, Math.round((2 * part.size) / seconds)));
  }
}

async function offsetOf(film, signal) {
  let answer;
  try {
    answer = await fetch(film.upload, {
      method: "HEAD",
      headers: { "Tus-Resumable": "1.0.0" },
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { what: words.upload_waiting });
  }
  const offset = Number(answer.headers.get("Upload-Offset"));
  if (!answer.ok || Number.isNaN(offset)) throw new ApiError(answer.status, { what: toldBy(answer.status) });
  return offset;
}

function toldBy(status) {
  if (status === 401) return facts("shell-words").sign_in;
  return { 413: words.upload_large, 415: words.upload_empty }[status] ?? words.upload_failed;
}

/** One part by XMLHttpRequest, which tells how far it is. @returns {Promise<number>} the new offset */
function patch(address, offset, part, onLoaded, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal?.addEventListener("abort", stop, { once: true });
    request.open("PATCH", address);
    request.timeout = 120_000;
    request.setRequestHeader("Tus-Resumable", "1.0.0");
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.upload.onprogress = (event) => onLoaded(event.loaded);
    request.onloadend = () => {
      signal?.removeEventListener("abort", stop);
      const now = Number(request.getResponseHeader("Upload-Offset") ?? NaN);
      if (request.status === 204 && now > offset) return done(now);
      failed(new ApiError(request.status, errorIn(request)));
    };
    request.send(part);
  });
}

function errorIn(request) {
  try {
    return JSON.parse(request.responseText).error ?? { what: toldBy(request.status) };
  } catch {
    return { what: toldBy(request.status) };
  }
}

async function pauseOrOnline(seconds, signal) {
  const online = new Promise((done) => window.addEventListener("online", done, { once: true }));
  const wait = navigator.onLine ? sleep(seconds) : Promise.race([online, sleep(LONGEST_PAUSE_S)]);
  await wait;
  if (signal?.aborted) throw new DOMException("stopped", "AbortError");
}
