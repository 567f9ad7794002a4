// Spoken guidance by the browser's own voice, in the page's language. Everything spoken also stands on the page.
import { announce, facts, recall, remember } from "./shell.js";

const words = facts("shell-words");
const button = document.getElementById("voice");
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

/** Say nothing more. */
export function hush() {
  synthesis?.cancel();
}

function show() {
  button?.setAttribute("aria-pressed", String(speaks()));
}

if (button && synthesis) {
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    const on = !speaks();
    remember("voice", on ? "on" : "off");
    hush();
    show();
    announce(on ? words.voice_on : words.voice_off);
    speak(on ? words.voice_on : "", { now: true, pause: 0 });
  });
  window.addEventListener("pagehide", hush);
}
