// What every page has: talking to the server, saying things aloud to screen readers, the network's comings
// and goings, the choice of colours, spoken guidance.

/** An error that the server told, in words for the person. */
export class ApiError extends Error {
  /** @param {number} status 0 where the server was not reached
   *  @param {{kind?: string, what?: string, where?: string|null, todo?: string|null, told?: string|null,
   *    reason?: string|null}} told
   *    `told` is in the reader's language; `what` and `todo` are English where the server said them */
  constructor(status, told) {
    super(told.told || [told.what, told.todo].filter(Boolean).join(". "));
    this.name = "ApiError";
    this.status = status;
    this.kind = told.kind ?? "";
    this.what = told.what ?? "";
    this.where = told.where ?? "";
    this.todo = told.todo ?? "";
    this.reason = told.reason ?? "";
  }
}

/** The JSON in `<script type="application/json" id="...">`; an empty object where there is none.
 *  @param {string} id @returns {any} */
export function facts(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent ?? "{}") : {};
}

const words = facts("shell-words");

/** `{gaps}` of a text filled. @param {string} text @param {Record<string, string|number>} gaps @returns {string} */
export function fill(text, gaps) {
  const filled = text.replace(/\{(\w+)\}/g, (whole, name) => (name in gaps ? String(gaps[name]) : whole));
  return filled.replace(/(\d) (?=(?:kg|s|min|cm|m|MB|GB|%|°)(?![A-Za-z]))/g, "$1\u00a0"); // as render.py does
}

/** What forms and scripts must send back. @returns {string} */
export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";
}

/** Take the token that pages have now, after somebody signed in again elsewhere in this browser.
 *  @returns {Promise<boolean>} whether it is another one */
export async function freshCsrf() {
  const answer = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = shown.querySelector('meta[name="csrf"]')?.getAttribute("content");
  if (!token || token === csrf()) return false;
  document.querySelector('meta[name="csrf"]')?.setAttribute("content", token);
  return true;
}

let ahead = /** @type {number|null} */ (null);

/** The server's time, whatever this device's clock says: milliseconds as `Date.now()`; null while it has not
 *  answered yet. @returns {number|null} */
export function serverNow() {
  return ahead === null ? null : Date.now() + ahead;
}

/** @param {Response} answer */
function learnTime(answer) {
  const told = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(told)) return;
  const found = told - Date.now();
  ahead = Math.abs(found) < 5000 ? 0 : found; // the header has whole seconds: so little is no wrong clock
}

/** @param {number} seconds @returns {Promise<void>} */
export function sleep(seconds) {
  return new Promise((done) => setTimeout(done, 1000 * seconds));
}

/** Kept on this device. @param {string} name @returns {string|null} */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // private windows of some browsers have no storage: nothing was kept
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch (error) {
    console.info("not kept on this device:", name, error instanceof Error ? error.name : "");
  }
}

/**
 * Ask the server. What is only read (GET) is asked again where the network fails, with growing pauses.
 * @param {string} method @param {string} path as "/api/v1/..."
 * @param {any} [body] sent as JSON
 * @param {{headers?: Record<string, string>, tries?: number, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the answer's JSON; null where it has none
 * @throws {ApiError}
 */
export async function api(method, path, body, options = {}) {
  const tries = options.tries ?? (method === "GET" ? 6 : 1);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(method, path, body, options);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const passing = error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.status);
      if (!passing || attempt >= tries) throw error;
      await sleep(Math.min(15, 0.5 * 2 ** attempt));
    }
  }
}

async function once(method, path, body, options) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf(), ...options.headers };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { what: words.no_network });
  }
  learnTime(answer);
  if (answer.status === 204) return null;
  const text = await answer.text().catch((error) => {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { what: words.no_network }); // lost in the middle of the answer
  });
  const told = parsed(text);
  if (answer.ok) return told;
  if (answer.status === 401) throw new ApiError(401, { what: words.sign_in });
  if (told?.error?.reason === "confirm") {
    const here = location.pathname + location.search + location.hash;
    location.assign(`/confirm?then=${encodeURIComponent(here)}`); // and back, to press once more
  }
  throw new ApiError(answer.status, told?.error ?? { what: words.failed });
}

/** @param {string} text @returns {any} null where it is no JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Tell those who listen to the page. @param {string} text @param {boolean} [now] interrupt what is being read */
export function announce(text, now = false) {
  const place = document.getElementById(now ? "announcer-now" : "announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50); // an emptied region is read again even for the same words
}

/** Where the focus goes when what had it is taken away: never nowhere. @param {HTMLElement|null} [to] else the heading */
export function goTo(to = document.querySelector("main h1")) {
  if (!to) return;
  if (to.tabIndex < 0 && !to.hasAttribute("tabindex")) to.tabIndex = -1;
  to.focus();
}

/** A passing message at the bottom. @param {string} text @param {number} [seconds] */
export function toast(text, seconds = 6) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const shown = document.createElement("p");
  shown.className = "toast";
  shown.textContent = text;
  place.append(shown);
  setTimeout(() => shown.remove(), 1000 * seconds);
}

function watchNetwork() {
  const banner = document.getElementById("offline");
  if (!banner) return;
  const show = () => (banner.hidden = navigator.onLine);
  window.addEventListener("offline", () => {
    show();
    announce(banner.textContent ?? "", true);
  });
  window.addEventListener("online", () => {
    show();
    toast(words.back_online);
  });
  show();
}

// The phone's own bar has the colour of the page: where a scheme was chosen, of that one.
/** @param {string|null} scheme */
function tintBar(scheme) {
  const bars = /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[name="theme-color"]'));
  const [light, dark] = ["light", "dark"].map((one) => `(prefers-color-scheme: ${one})`);
  bars.forEach((bar, place) => {
    if (scheme === "light" || scheme === "dark") bar.media = (scheme === "light") === (place === 0) ? "all" : "not all";
    else bar.media = place === 0 ? light : dark;
  });
}

function offerPrint() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-print]"))) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      for (const picture of document.images) picture.loading = "eager"; // what was not scrolled to yet
      await Promise.allSettled([...document.images].map((picture) => picture.decode()));
      print();
    });
  }
}

function offerSchemes() {
  const choices = document.getElementById("schemes");
  if (!choices) return;
  choices.hidden = false;
  const chosen = recall("scheme") ?? "system";
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (choices.querySelectorAll("input"))) {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => {
      remember("scheme", input.value);
      if (input.value === "system") delete document.documentElement.dataset.scheme;
      else document.documentElement.dataset.scheme = input.value;
      tintBar(input.value);
    });
  }
}

// Rows shown as cards on a phone lose their meaning of a table to some screen readers: said here in full.
function nameTables() {
  const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell" };
  for (const table of document.querySelectorAll("table")) {
    table.setAttribute("role", "table");
    for (const [tag, role] of Object.entries(roles)) {
      for (const part of table.querySelectorAll(tag)) part.setAttribute("role", role);
    }
    for (const head of table.querySelectorAll("th")) {
      head.setAttribute("role", head.closest("thead") ? "columnheader" : "rowheader");
    }
  }
}

// Safari shows captions only to those who set so in the system; the films have no sound, and say it all in them.
function showCaptions() {
  for (const one of /** @type {NodeListOf<HTMLTrackElement>} */ (document.querySelectorAll("track[default]"))) {
    one.track.mode = "showing";
  }
}

// A form that was sent is not sent again by a second, impatient press.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.dataset.sent && !event.defaultPrevented) {
      event.preventDefault();
      return;
    }
    if (!event.defaultPrevented) form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

watchNetwork();
offerSchemes();
tintBar(recall("scheme"));
offerPrint();
nameTables();
showCaptions();
sendOnce();
