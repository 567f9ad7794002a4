// Filming the face: framing help, a countdown, a ring that fills, then a look at it and away it goes.
import { facts, fill, sleep } from "./shell.js";
import { CameraError, openCamera, show, showTrouble, whenHidden } from "./camera.js";
import { Framing } from "./framing.js";
import { blobOf, forgetFilm, isKept, leftOver } from "./kept.js";
import { Recorder, canRecord } from "./recorder.js";
import { part, sendAndWait } from "./face_sending.js";
import { speak, tell } from "./voice.js";

const LEAST_S = 20;
const told = facts("facts");
const words = facts("face-words");
const filming = facts("film-words");
const [stage, hint, mirror, ring, clock, count, trouble] = ["stage", "hint", "mirror", "ring", "clock", "count", "trouble"].map(part);
const video = /** @type {HTMLVideoElement} */ (part("video"));
const start = /** @type {HTMLButtonElement} */ (part("start"));
const stop = /** @type {HTMLButtonElement} */ (part("stop"));
const short = /** @type {HTMLDialogElement} */ (part("short"));
/** @type {import("./camera.js").Camera|null} */
let camera = null;
/** @type {Framing|null} */
let framing = null;
/** @type {Recorder|null} */
let recorder = null;
let hinting = 0;
/** @type {"asking"|"framing"|"counting"|"recording"|"over"} */
let state = "asking";

/** @param {string} text @param {"wait"|"mend"|"good"} [kind] @param {string} [aloud] what is said of it */
function guide(text, kind = "wait", aloud = text) {
  mirror.dataset.state = hint.dataset.state = kind;
  if (hint.textContent === text) return;
  hint.textContent = text;
  tell(aloud, { now: aloud !== text });
}

let pressed = false; // from then on the focus follows what is shown
document.addEventListener("click", () => (pressed = true), { capture: true });

function only(section) {
  for (const one of ["stage", "review", "sending", "trouble"]) part(one).hidden = one !== section;
}

async function begin() {
  const left = await leftOver(told.person, "face", LEAST_S);
  if (!left) return openStage();
  if (left.state === "sending") return send(left);
  // One that was cut short by a closed page: enough of it is as good as any.
  return review(left, left.seconds ? fill(words.kept, { seconds: Math.floor(left.seconds) }) : filming.unsent);
}

let opening = false;

async function openStage() {
  if (opening) return; // a second press, or the question is still open
  if (!canRecord()) return failed("unsupported");
  only("stage");
  state = "asking";
  start.disabled = opening = true;
  try {
    camera = await openCamera({ facing: "user", onUnanswered: () => failed("unanswered", true) });
  } catch (error) {
    if (!(error instanceof CameraError)) throw error;
    return failed(error.kind);
  } finally {
    opening = false;
  }
  only("stage");
  camera.whenLost(() => void lost("lost"));
  await show(video, camera);
  if (camera) frame(); // left meanwhile
}

/** @param {CameraError["kind"]} kind @param {boolean} [waiting] the stage stays: it may still be answered */
function failed(kind, waiting = false) {
  if (!waiting) only("trouble");
  showTrouble(trouble, kind, { upload: "/face/upload", again: () => (waiting ? location.reload() : void openStage()) });
  trouble.focus();
}

function frame() {
  state = "framing";
  count.hidden = true;
  start.hidden = start.disabled = false;
  stop.hidden = true;
  part("instead").hidden = false;
  if (pressed) start.focus();
  delete mirror.dataset.recording;
  ring.setAttribute("stroke-dasharray", "0 100");
  clock.textContent = "";
  helpByTime();
  if (!told.live || framing) return;
  framing = new Framing(video, told.live, {
    onAnswer(framed) {
      clearInterval(hinting);
      hinting = 0;
      helpBySight(framed);
    },
    onGone() {
      framing = null;
      if (state === "framing") helpByTime();
    },
  });
}

let sight = "";

/** @param {import("./framing.js").Framed} framed */
function helpBySight(framed) {
  // Only what is seen twice running is said: a hint that flickers helps nobody.
  const code = framed.ok ? "ok" : (framed.hints?.[0]?.code ?? "no_face");
  const again = code === sight;
  sight = code;
  if (!again) return;
  const wrong = framed.hints?.[0]?.text;
  if (state === "framing") guide(framed.ok ? words.hint_ready : (wrong ?? words.hint_oval), framed.ok ? "good" : "mend");
  else if (state === "recording") guide(framed.ok || !wrong ? calmWords() : wrong, framed.ok || !wrong ? "wait" : "mend");
}

function helpByTime() {
  const all = [words.hint_oval, words.hint_light, words.hint_straight, words.hint_ready];
  let next = 0;
  const tell = () => {
    if (state === "framing") guide(all[next++]);
    if (next === all.length) clearInterval(hinting); // each once: the voice does not go on and on
  };
  clearInterval(hinting);
  hinting = window.setInterval(tell, 5000);
  tell();
}

let counts = 0;

async function countDown() {
  if (state !== "framing") return;
  state = "counting";
  const mine = ++counts;
  clearInterval(hinting);
  start.hidden = true;
  stop.hidden = false;
  stop.focus();
  part("instead").hidden = true;
  hint.textContent = "";
  guide(words.still, "wait", words.count);
  count.hidden = false;
  for (const left of [3, 2, 1]) {
    count.textContent = String(left);
    await sleep(1);
    if (state !== "counting" || mine !== counts) return; // ended, and perhaps begun anew
  }
  count.hidden = true;
  if (camera) await record(camera, mine);
}

/** @param {import("./camera.js").Camera} from @param {number} mine the countdown that led here */
async function record(from, mine) {
  const made = new Recorder(from.stream, {
    person: told.person,
    purpose: "face",
    facts: told.facts,
    longest: told.seconds,
    onTick: tick,
    onLongest: () => void finish(),
    onTrouble: () => void lost("lost"),
  });
  await made.start();
  if (state !== "counting" || mine !== counts) return made.discard(); // ended meanwhile
  recorder = made;
  state = "recording";
  mirror.dataset.recording = "yes";
  guide(words.still);
}

function calmWords() {
  const seconds = recorder?.seconds ?? 0;
  if (seconds > told.seconds - 6) return words.almost;
  if (seconds > LEAST_S + 2 && told.seconds > 40) return words.enough;
  return seconds > 8 ? words.breathe : words.still;
}

function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function tick(seconds) {
  if (state !== "recording") return;
  ring.setAttribute("stroke-dasharray", `${Math.min(100, (100 * seconds) / told.seconds)} 100`);
  clock.textContent = fill(words.clock, { now: minutes(seconds), all: minutes(told.seconds) });
  if (!framing) guide(calmWords());
}

async function finish() {
  if (state !== "recording" || !recorder) return;
  state = "over";
  if (short.open) short.close();
  const film = await recorder.stop();
  closeCamera();
  if (!film.parts) {
    await forgetFilm(film); // a browser that says it records, and gives nothing
    return failed("unsupported");
  }
  speak(words.done, { now: true });
  await review(film, words.done);
}

function closeCamera() {
  clearInterval(hinting);
  framing?.stop();
  framing = null;
  camera?.stop();
  camera = null;
  video.srcObject = null;
}

/** @param {"lost"|"hidden"} why */
async function lost(why) {
  if (state === "over" || !camera) return;
  const was = state;
  if (why === "hidden" && was !== "recording") return was === "counting" ? frame() : undefined;
  state = "over";
  if (short.open) short.close();
  // What was recorded is ended before the camera is, which would end it by itself.
  const film = was === "recording" && recorder ? await recorder.stop() : null;
  closeCamera();
  if (film && film.seconds >= LEAST_S) return review(film, fill(words.lost_kept, { seconds: Math.floor(film.seconds) }));
  if (film) await forgetFilm(film);
  failed(why);
}

/** @param {import("./kept.js").Film} film @param {string} title */
async function review(film, title) {
  const blob = await blobOf(film);
  part("send").onclick = () => void send(film);
  part("again").onclick = () => void anew(film);
  only("review"); // once a press of it does something
  part("review-title").textContent = title;
  const shown = /** @type {HTMLVideoElement} */ (part("review-video"));
  shown.src = URL.createObjectURL(blob);
  part("review").querySelector(".not-kept")?.remove();
  if (!isKept(film)) {
    const open = document.createElement("p");
    open.className = "not-kept tone-watch";
    open.textContent = filming.not_kept;
    part("review-title").after(open);
  }
  part("review").focus(); // its name is what is to be said
}

/** @param {import("./kept.js").Film} film */
async function anew(film) {
  const shown = /** @type {HTMLVideoElement} */ (part("review-video"));
  URL.revokeObjectURL(shown.src);
  shown.removeAttribute("src");
  start.disabled = true;
  only("stage"); // what is forgotten cannot be sent
  await forgetFilm(film);
  await openStage();
}

/** @param {import("./kept.js").Film} film */
async function send(film) {
  if (!part("sending").hidden) return; // a second press
  only("sending");
  await sendAndWait({ person: told.person, film }, { text: filming.way_film, go: () => void anew(film) });
}

start.addEventListener("click", () => void countDown());
mirror.addEventListener("click", () => void countDown()); // with one hand, wherever the thumb is
stop.addEventListener("click", () => {
  if (state === "counting") frame();
  else if (state !== "recording" || !recorder) return;
  else if (recorder.seconds < LEAST_S) short.open || short.showModal();
  else void finish();
});
part("short-on").addEventListener("click", () => short.close());
part("short-again").addEventListener("click", async () => {
  short.close();
  state = "over";
  await recorder?.discard();
  if (camera) frame();
  else await openStage();
});
whenHidden(() => void lost("hidden"));
window.addEventListener("pagehide", closeCamera);
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
void begin();
