// One movement before the camera: where to stand, a countdown that leaves time to step back, prompts by voice,
// a look at the film, and sending it. Without a camera a film can be chosen; nothing filmed is lost on the way.
import { ApiError, announce, facts, fill, recall, remember, sleep, toast } from "./shell.js";
import { CameraError, openCamera, show, showTrouble, whenHidden } from "./camera.js";
import { blobOf, forgetFilm, isKept, leftOver } from "./kept.js";
import { Recorder, canRecord } from "./recorder.js";
import { telling, upload } from "./upload.js";
import { speak, tell } from "./voice.js";
import { BodyLive } from "./back_live.js";
import { promptsOf } from "./move_prompts.js";
import { waysOut } from "./ways_out.js";

const LEAST_S = 6;
const GOOD_PAUSE_S = 8;
const told = facts("facts");
const words = facts("back-words");
const filming = facts("film-words");
const purpose = `move ${told.check} ${told.movement}`;
const said = { instrument: "back", context: "other", movement: told.movement, check: told.check };

/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id);
const video = /** @type {HTMLVideoElement} */ (part("video"));
const SECTIONS = ["before", "stage", "review", "sending", "trouble"];
/** @type {import("./camera.js").Camera|null} */ let camera = null;
/** @type {BodyLive|null} */ let live = null;
/** @type {Recorder|null} */ let recorder = null;
/** @type {"before"|"placing"|"counting"|"recording"|"over"} */ let state = "before";

function only(section) {
  for (const one of SECTIONS) part(one).hidden = one !== section;
  // What lies behind the whole-page picture is not reached by the keyboard.
  for (const behind of document.querySelectorAll("header, footer, .skip, .back-link")) {
    /** @type {HTMLElement} */ (behind).inert = section === "stage";
  }
  if (section === "review" || section === "sending") part(section).focus();
}

/** On the screen in large letters, aloud, and for screen readers. */
function guide(text, options = {}) {
  if (part("hint").textContent === text) return;
  part("hint").textContent = text;
  tell(text, options);
}

/** How many seconds the person wants for getting into place. */
const delay = () => Number(document.querySelector("input[name=delay]:checked")?.value ?? 5);

function offerDelays() {
  part("delays").hidden = false;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (part("delays").querySelectorAll("input"))) {
    if (input.value === recall("delay")) input.checked = true;
    input.addEventListener("change", () => remember("delay", input.value));
  }
}

/** @param {CameraError["kind"]} kind */
function failed(kind) {
  only("trouble");
  part("before").hidden = false;
  part("choose").open = true;
  showTrouble(part("trouble"), kind, { again: () => (opening ? location.reload() : void openStage()) });
  part("trouble").focus();
}

let opening = false;

async function openStage() {
  if (opening) return; // a second press, or the question is still open
  if (!canRecord()) return failed("unsupported");
  opening = true;
  const facing = document.querySelector("input[name=facing]:checked")?.value ?? "user";
  try {
    camera = await openCamera({ facing, onUnanswered: () => failed("unanswered") });
  } catch (error) {
    if (!(error instanceof CameraError)) throw error;
    return failed(error.kind);
  } finally {
    opening = false;
  }
  if (sending) return closeCamera(); // answered late: a film was chosen meanwhile
  camera.whenLost(() => void lost("lost"));
  part("start").hidden = true; // until a press of it does something
  only("stage");
  await show(video, camera);
  if (camera) place(); // left meanwhile
}

function place() {
  state = "placing";
  part("start").textContent = fill(words.start_film, { s: delay() });
  part("start").hidden = part("leave").hidden = false;
  part("start").focus();
  part("end").hidden = true;
  part("count").hidden = true;
  part("mirror").classList.remove("is-recording", "is-placed");
  part("hint").textContent = ""; // said anew
  guide(told.live ? words.place : words.no_help);
  if (!told.live || live) return;
  let good = -GOOD_PAUSE_S;
  live = new BodyLive(video, `movement=${encodeURIComponent(told.movement)}`, {
    onSeen(seen) {
      if (state !== "placing" && state !== "counting") return;
      part("mirror").classList.toggle("is-placed", seen.ok);
      if (state !== "placing") return;
      if (!seen.ok) return guide(seen.hints[0]?.text ?? words.place);
      if (performance.now() / 1000 - good > GOOD_PAUSE_S) guide(words.good);
      good = performance.now() / 1000;
    },
    onGone() {
      live = null;
      if (state === "placing") guide(words.no_help);
    },
  });
}

let counts = 0;

async function countDown() {
  if (!camera || state !== "placing") return;
  state = "counting";
  const mine = ++counts;
  part("start").hidden = part("leave").hidden = true;
  part("end").hidden = false;
  part("end").focus();
  guide(fill(words.starts, { s: delay() }), { now: true });
  part("count").hidden = false;
  for (let left = delay(); left > 0; left -= 1) {
    part("count").textContent = String(left);
    if (left <= 3) tell(String(left), { now: true });
    await sleep(1);
    if (state !== "counting" || mine !== counts) return; // ended, and perhaps begun anew
  }
  part("count").hidden = true;
  await record(mine);
}

/** @param {number} mine the countdown that led here */
async function record(mine) {
  if (!camera) return;
  const { prompts, seconds } = promptsOf(told.movement, words);
  const made = new Recorder(camera.stream, {
    person: told.person,
    purpose,
    facts: said,
    longest: seconds,
    onTick: (now) => prompt(prompts, now),
    onLongest: () => void finish(),
    onTrouble: () => void lost("lost"),
  });
  live?.stop(); // the film is measured afterwards: the network is the film's now
  live = null;
  await made.start();
  if (state !== "counting" || mine !== counts) return made.discard(); // ended meanwhile
  recorder = made;
  state = "recording";
  part("mirror").classList.add("is-recording");
}

let last = -1;
/** @param {import("./move_prompts.js").Prompt[]} prompts @param {number} now seconds */
function prompt(prompts, now) {
  let index = -1;
  while (index + 1 < prompts.length && prompts[index + 1].at <= now) index += 1;
  if (index <= last) return;
  last = index;
  guide(prompts[index].text, { now: true, pause: 0 });
}

async function finish() {
  if (state === "counting") return place();
  if (state !== "recording" || !recorder) return;
  state = "over";
  const film = await recorder.stop();
  if (film.seconds < LEAST_S) {
    await forgetFilm(film);
    last = -1;
    place();
    const text = fill(filming.too_short, { seconds: LEAST_S });
    toast(text, 10);
    return guide(text, { now: true });
  }
  closeCamera();
  if (!film.parts) {
    await forgetFilm(film); // a browser that says it records, and gives nothing
    return failed("unsupported");
  }
  speak(words.done, { now: true });
  await review(film);
}

/** @param {"lost"|"hidden"} why */
async function lost(why) {
  if (state === "before" || state === "over" || !camera) return;
  const was = state;
  if (why === "hidden" && was !== "recording") return was === "counting" ? place() : undefined;
  state = "over";
  // What was recorded is ended before the camera is, which would end it by itself.
  const film = was === "recording" && recorder ? await recorder.stop() : null;
  closeCamera();
  if (film && film.seconds >= LEAST_S) return review(film, fill(filming.cut_kept, { seconds: Math.floor(film.seconds) }));
  if (film) await forgetFilm(film);
  failed(why);
}

function closeCamera() {
  live?.stop();
  live = null;
  camera?.stop();
  camera = null;
  video.srcObject = null;
}

/** @param {import("./kept.js").Film} film @param {string} [why] it ended before its end */
async function review(film, why = "") {
  const blob = await blobOf(film);
  if (opening || camera || sending) return; // begun anew meanwhile: this one stays for later
  last = -1;
  part("use").onclick = () => void send({ film });
  part("again").onclick = () => void anew(film);
  only("review"); // once a press of it does something
  const preview = /** @type {HTMLVideoElement} */ (part("preview"));
  preview.src = URL.createObjectURL(blob);
  preview.play().catch(() => undefined); // the person may press play
  part("review").querySelector(".told")?.remove();
  const told = [why, isKept(film) ? "" : filming.not_kept].filter(Boolean).join(" ");
  if (told) {
    const shown = document.createElement("p");
    shown.className = "told tone-watch";
    shown.textContent = told;
    preview.before(shown);
    announce(told, true);
  }
}

/** @param {import("./kept.js").Film} film */
async function anew(film) {
  const preview = /** @type {HTMLVideoElement} */ (part("preview"));
  URL.revokeObjectURL(preview.src);
  preview.removeAttribute("src");
  only("before"); // what is forgotten cannot be sent
  await forgetFilm(film);
  await openStage();
}

let sending = false;

/** @param {{film?: import("./kept.js").Film, blob?: Blob}} what */
async function send(what) {
  if (sending) return; // a second press
  sending = true;
  only("sending");
  part("sending").querySelector(".failed")?.remove();
  part("next").hidden = true;
  const progress = /** @type {HTMLProgressElement} */ (part("share"));
  try {
    await upload({
      person: told.person,
      purpose,
      facts: said,
      ...what,
      onProgress: telling(part("sent"), progress),
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    sending = false;
    part("sent").textContent = error.message;
    announce(error.message, true);
    const { film } = what;
    const other = film ? { text: filming.way_film, go: () => void anew(film) } : { text: filming.way_choose, go: choose };
    const ways = waysOut(error, { again: () => void send(what), other });
    ways.classList.add("failed");
    part("sending").append(ways);
    part("next").hidden = false;
    return;
  }
  location.assign(told.next);
}

function choose() {
  only("before");
  part("choose").open = true;
  part("film").value = "";
  part("film").focus();
}

async function begin() {
  const left = await leftOver(told.person, purpose, LEAST_S);
  if (!left || opening || camera || sending) return; // whoever was quicker films or sends another one
  await (left.state === "sending" ? send({ film: left }) : review(left));
}

part("open").hidden = part("cameras").hidden = false;
offerDelays();
part("open").addEventListener("click", () => void openStage());
part("start").addEventListener("click", () => void countDown());
part("mirror").addEventListener("click", () => void countDown()); // with one hand, wherever the thumb is
part("leave").addEventListener("click", () => {
  state = "before";
  closeCamera();
  only("before");
  part("open").focus();
});
part("end").addEventListener("click", () => void finish());
part("film").addEventListener("change", (/** @type {Event} */ event) => {
  const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
  if (file) void send({ blob: file });
});
whenHidden(() => void lost("hidden"));
window.addEventListener("pagehide", closeCamera);
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
void begin();
