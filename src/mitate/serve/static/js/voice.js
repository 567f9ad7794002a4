// Spoken guidance by the browser's own voice, in the page's language. Everything spoken also stands on the page.
import { announce, facts, recall, remember } from "./shell.js";

const words = facts("shell-words");
const button = document.getElementById("voice");
const quiet = document.getElementById("voice-quiet");
const LISTEN_S = 3; // that a screen reader has for one piece of guidance
const synthesis = window.speechSynthesis;
let last = { text: "", at: 0 };

/** Whether guidance is spoken (the person's choice on this device; at first yes). @returns {boolean} */
export function speaks() {
  return Boolean(synthesis) && recall("voice") !== "off";
}

function voice() {
  const language = document.documentElement.lang;
  const fitting = synthesis.getVoices().filter((one) => one.lang.toLowerCase().startsWith(language));
  return fitting.find((one) => one.localService) ?? fitting[0] ?? null;
}

/**
 * Say it aloud; the same words not again within `pause` seconds.
 * @param {string} text
 * @param {{now?: boolean, pause?: number}} [options] `now` interrupts what is being said
 */
export function speak(text, { now = false, pause = 4 } = {}) {
  const at = performance.now() / 1000;
  if (!text || (last.text === text && at - last.at < pause)) return;
  if (!speaks()) return;
  if (!now && synthesis.speaking && synthesis.pending) return; // guidance that is late is no guidance
  last = { text, at };
  if (now) synthesis.cancel();
  const said = new SpeechSynthesisUtterance(text);
  said.lang = document.documentElement.lang === "ja" ? "ja-JP" : "en-GB";
  said.voice = voice();
  said.rate = 0.95;
  synthesis.speak(said);
}

let free = 0;
let waiting = 0;

/** @param {string} text @param {boolean} now */
function toReader(text, now) {
  clearTimeout(waiting);
  const pause = free - performance.now();
  if (!now && pause > 0) {
    waiting = window.setTimeout(() => toReader(text, now), pause); // what is newest then is said then
    return;
  }
  free = performance.now() + 1000 * LISTEN_S;
  announce(text, now);
}

/**
 * Guidance for the ear, by one voice alone: the page's where it is on, else the screen reader's, which would talk
 * over it. Where this browser has no voice to speak with, the screen reader has it in any case.
 * @param {string} text
 * @param {{now?: boolean, pause?: number}} [options] as of `speak`
 */
export function tell(text, options = {}) {
  speak(text, options);
  if (text && !(speaks() && synthesis.getVoices().length)) toReader(text, Boolean(options.now));
}

/** Say nothing more. */
export function hush() {
  synthesis?.cancel();
}

function show() {
  button?.setAttribute("aria-pressed", String(speaks()));
  if (quiet) quiet.hidden = !speaks();
}

if (button && synthesis) {
  button.hidden = false;
  show();
  const turn = () => {
    const on = !speaks();
    remember("voice", on ? "on" : "off");
    hush();
    show();
    if (!on) announce(words.voice_off);
    speak(on ? words.voice_on : "", { now: true, pause: 0 });
  };
  button.addEventListener("click", turn);
  quiet?.addEventListener("click", () => {
    turn(); // it is shown only where the voice is on
    button.focus();
  });
  window.addEventListener("pagehide", hush);
}
