// The coach: the camera's picture with the joints drawn on it, a large count, one correction at a time, aloud.
// Where the server does not look, the film plays and a clock counts.
import { announce, facts, fill } from "./shell.js";
import { CameraError, keepAwake, openCamera, show, showTrouble } from "./camera.js";
import { tell } from "./voice.js";
import { BodyLive } from "./back_live.js";
import { drawBody } from "./coach_drawing.js";
import { askHowItWas, writeSet } from "./coach_diary.js";
import { summaryLines } from "./coach_told.js";

const SHOWN_S = 5;
const told = facts("facts");
const words = facts("back-words");
/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id);
const video = /** @type {HTMLVideoElement} */ (part("video"));
const canvas = /** @type {HTMLCanvasElement} */ (part("drawn"));
/** @type {import("./camera.js").Camera|null} */ let camera = null;
/** @type {BodyLive|null} */ let live = null;
let letSleep = () => undefined;
let clock = 0;
let seconds = 0;
let paused = false;
let count = 0;
let told_at = 0;
let said = "";
let over = false;

function only(section) {
  for (const one of ["before", "stage", "summary", "trouble"]) part(one).hidden = one !== section;
  // What lies behind the whole-page picture is not reached by the keyboard.
  for (const behind of document.querySelectorAll("header, footer, .skip, .back-link")) {
    /** @type {HTMLElement} */ (behind).inert = section === "stage";
  }
  if (section === "stage") part("stage").focus();
}

function correct(text, say = text) {
  told_at = performance.now();
  part("correction").textContent = text;
  if (say !== said) tell(say, { now: true, pause: 1 }); // the voice tells what changes, and no more
  said = say;
}

function number(value, target) {
  part("number").textContent = String(Math.floor(value));
  part("of").textContent = target ? `/ ${Math.round(target)}` : "";
  const gaps = { n: Math.floor(value), target: Math.round(target), s: Math.floor(value) };
  const shown = !target ? words.coach_seconds : told.target ? words.coach_reps : words.coach_held;
  part("number-said").textContent = fill(shown, gaps);
}

let opening = false;

async function withCamera() {
  if (!told.live) return withoutCamera(words.coach_busy);
  if (opening) return; // a second press, or the question is still open
  opening = true;
  const facing = document.querySelector("input[name=facing]:checked")?.value ?? "user";
  try {
    camera = await openCamera({ facing });
  } catch (error) {
    if (!(error instanceof CameraError)) throw error;
    if (begun()) return;
    only("trouble");
    part("before").hidden = false;
    showTrouble(part("trouble"), error.kind, { again: () => void withCamera() });
    part("trouble").focus();
    return;
  } finally {
    opening = false;
  }
  if (begun()) return closeCamera(true); // answered late: the clock counts already
  only("stage");
  camera.whenLost(() => withoutCamera(words.coach_lost));
  await show(video, camera);
  if (!camera) return; // ended meanwhile, or lost
  canvas.classList.toggle("mirrored", camera.mirrored);
  const letIt = await keepAwake();
  if (!camera) return letIt();
  letSleep = letIt;
  number(0, told.target || told.target_s);
  let heard = false;
  live = new BodyLive(video, `exercise=${encodeURIComponent(told.exercise)}`, {
    onSeen(seen) {
      if (!heard) correct(words.coach_ready);
      heard = true;
      look(seen);
    },
    onSummary: summarise,
    onGone: () => withoutCamera(heard ? words.coach_lost : words.coach_busy),
  });
}

/** @param {import("./back_live.js").BodySeen} seen */
function look(seen) {
  drawBody(canvas, video, seen.points);
  count = seen.count;
  seconds = seen.held_s;
  if (told.target) number(seen.count, told.target);
  else number(seen.held_s, told.target_s);
  if (seen.event || !seen.hints.length) said = ""; // an event is new each time; a hint that went may come again
  if (seen.event?.kind === "repetition") tell(seen.event.say || seen.event.text, { now: true, pause: 0 });
  else if (seen.event) correct(seen.event.text, seen.event.say || seen.event.text);
  else if (seen.hints[0] && !seen.ok && performance.now() - told_at > 1000 * SHOWN_S) correct(seen.hints[0].text);
  else if (performance.now() - told_at > 1000 * SHOWN_S) part("correction").textContent = "";
}

/** The film and a clock. @param {string} why */
function withoutCamera(why) {
  if (over) return;
  closeCamera();
  only("stage");
  part("stage").classList.add("without-camera");
  video.hidden = canvas.hidden = true;
  const film = /** @type {HTMLVideoElement|null} */ (part("exercise-film"));
  if (film) {
    part("mirror").prepend(film);
    film.load(); // Safari lets a film that was moved stand still otherwise
    film.play().catch(() => undefined); // the person may press play
  }
  if (why) correct(why);
  number(seconds, told.target ? 0 : told.target_s);
  clearInterval(clock);
  clock = window.setInterval(() => {
    if (paused) return;
    seconds += 1;
    number(seconds, told.target ? 0 : told.target_s);
    if (!told.target && told.target_s && seconds === Math.round(told.target_s)) correct(words.coach_done);
  }, 1000);
}

function pause() {
  paused = !paused;
  const button = part("pause");
  button.textContent = paused ? button.dataset.play : button.dataset.pause;
  const film = /** @type {HTMLVideoElement|null} */ (part("exercise-film"));
  if (paused) {
    live?.pause();
    film?.pause();
    correct(words.coach_paused);
  } else {
    live?.goOn();
    if (part("stage").classList.contains("without-camera")) film?.play().catch(() => undefined);
    part("correction").textContent = said = "";
  }
}

function finish() {
  if (live?.end()) return; // the summary comes back
  summarise(null);
}

/** @param {any} summary of the coach, or null where a clock counted */
function summarise(summary) {
  if (over) return;
  over = true;
  closeCamera();
  only("summary");
  const goal = { target: told.target || summary?.target || 0, target_s: told.target_s };
  const lines = summaryLines(summary, goal, seconds, (key, gaps) => fill(words[key], gaps ?? {}));
  part("lines").replaceChildren(...lines.map(item));
  part("counted").hidden = !summary || (goal.target > 0 && !summary.repetitions);
  void writeSet(summary);
  part("summary").focus();
  announce(lines.join(". "));
}

function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

/** Whether an exercise is done, or was, without the camera. */
function begun() {
  return over || part("stage").classList.contains("without-camera");
}

/** @param {boolean} [counting] the clock goes on */
function closeCamera(counting = false) {
  if (!counting) clearInterval(clock);
  letSleep();
  live?.stop();
  live = null;
  camera?.stop();
  camera = null;
  video.srcObject = null;
}

part("open").hidden = part("without").hidden = part("cameras").hidden = false;
part("open").addEventListener("click", () => void withCamera());
part("without").addEventListener("click", () => withoutCamera(""));
part("pause").addEventListener("click", pause);
part("finish").addEventListener("click", finish);
window.addEventListener("pagehide", () => closeCamera());
askHowItWas();
