// A body in space, to be turned and played through time (skeleton_drawing.js draws it).
// x to the person's left, y up, z forward, metres. Seen from the front her left is on the right.

import { api, facts, fill } from "./shell.js";
import { angle, between, from, known, middle } from "./skeleton_points.js";
import { Drawing } from "./skeleton_drawing.js";

/** @typedef {import("./skeleton_points.js").Point} Point */
/** @typedef {import("./skeleton_points.js").Movement} Movement */

const VIEWS = { front: [0, 6], side: [-90, 4], back: [180, 6], oblique: [-42, 12] };
const STEP_DEG = 10;

class Viewer {
  /** @param {HTMLElement} box @param {Movement} movement @param {Record<string, string>} words */
  constructor(box, movement, words) {
    this.box = box;
    this.movement = movement;
    this.words = words;
    this.canvas = /** @type {HTMLCanvasElement} */ (box.querySelector("canvas"));
    this.slider = /** @type {HTMLInputElement} */ (box.querySelector("[data-moment]"));
    this.play = /** @type {HTMLButtonElement} */ (box.querySelector("[data-play]"));
    this.told = /** @type {HTMLElement} */ (box.querySelector("[data-told]"));
    this.place = Object.fromEntries(movement.joints.map((name, number) => [name, number]));
    this.moment = 0;
    this.zoom = 1;
    this.playing = false;
    [this.yaw, this.pitch] = VIEWS.side;
    this.top = Math.max(1, ...movement.frames.flat().filter(known).map((point) => point[1]));
    this.listen();
    this.look("side");
    this.go(this.farthest());
    this.tell();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributes: true });
  }

  /** The moment at which the trunk leans farthest: what the movement is about. */
  farthest() {
    let [best, place] = [-1, 0];
    this.movement.frames.forEach((body, number) => {
      const lean = this.lean(body);
      if (lean !== null && lean > best) [best, place] = [lean, number];
    });
    return place;
  }

  /** Lean of the trunk against the vertical, degrees. @param {(Point|null)[]} body @returns {number|null} */
  lean(body) {
    const parts = ["left_hip", "right_hip", "left_shoulder", "right_shoulder"];
    const [lh, rh, ls, rs] = parts.map((name) => body[this.place[name]]);
    if (!known(lh) || !known(rh) || !known(ls) || !known(rs)) return null;
    return angle(from(middle(lh, rh), middle(ls, rs)), [0, 1, 0]);
  }

  get last() {
    return this.movement.frames.length - 1;
  }

  listen() {
    this.slider.max = String(this.last);
    this.slider.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.slider.value));
      this.tell();
    });
    this.play.addEventListener("click", () => (this.playing ? this.stop() : this.start()));
    for (const button of this.box.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => this.look(button.getAttribute("data-view") ?? "side"));
    }
    for (const button of this.box.querySelectorAll("[data-turn]")) {
      button.addEventListener("click", () => this.turn(Number(button.getAttribute("data-turn")), 0));
    }
    this.box.querySelector("[data-ghost]")?.addEventListener("change", () => this.draw());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    document.addEventListener("moment", (event) => {
      const told = /** @type {CustomEvent} */ (event).detail;
      if (told.by !== this && told.group === this.box.dataset.group) this.go(told.share * this.last, true);
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.turn(-STEP_DEG, 0),
      ArrowRight: () => this.turn(STEP_DEG, 0),
      ArrowUp: () => this.turn(0, STEP_DEG),
      ArrowDown: () => this.turn(0, -STEP_DEG),
      " ": () => (this.playing ? this.stop() : this.start()),
      "+": () => this.scale(1.15),
      "-": () => this.scale(1 / 1.15),
      Home: () => this.look("side"),
    };
    if (event.key in keys && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  }

  /** @param {PointerEvent} start */
  grab(start) {
    this.canvas.setPointerCapture(start.pointerId);
    let [x, y] = [start.clientX, start.clientY];
    const move = (/** @type {PointerEvent} */ event) => {
      // as if the body were turned by the hand that drags it
      this.turn(-0.45 * (event.clientX - x), 0.3 * (event.clientY - y), true);
      [x, y] = [event.clientX, event.clientY];
    };
    const end = () => {
      this.canvas.removeEventListener("pointermove", move);
      this.tell();
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
    this.canvas.addEventListener("pointercancel", end, { once: true });
  }

  /** @param {number} yaw degrees @param {number} pitch degrees @param {boolean} [quiet] */
  turn(yaw, pitch, quiet = false) {
    this.yaw = ((this.yaw + yaw + 540) % 360) - 180;
    this.pitch = Math.max(-15, Math.min(75, this.pitch + pitch));
    this.marked("");
    this.draw();
    if (!quiet) this.tell();
  }

  /** @param {number} factor */
  scale(factor) {
    this.zoom = Math.max(0.6, Math.min(2.5, this.zoom * factor));
    this.draw();
  }

  /** @param {string} name */
  look(name) {
    [this.yaw, this.pitch] = VIEWS[/** @type {keyof typeof VIEWS} */ (name)] ?? VIEWS.side;
    this.zoom = 1;
    this.marked(name);
    this.draw();
    this.tell();
  }

  /** @param {string} view */
  marked(view) {
    this.canvas.dataset.yaw = String(Math.round(this.yaw));
    this.canvas.dataset.pitch = String(Math.round(this.pitch));
    for (const button of this.box.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-view") === view));
    }
  }

  start() {
    this.playing = true;
    this.play.dataset.playing = "yes";
    this.play.setAttribute("aria-label", this.words.pause);
    if (this.moment >= this.last) this.moment = 0;
    let before = performance.now();
    const step = (/** @type {number} */ at) => {
      if (!this.playing) return;
      const next = this.moment + ((at - before) / 1000) * this.movement.fps;
      before = at;
      if (next >= this.last) {
        this.go(this.last);
        this.stop();
        return;
      }
      this.go(next);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.play.dataset.playing = "no";
    this.play.setAttribute("aria-label", this.words.play);
    this.tell();
  }

  /** @param {number} moment a frame's number, also between two @param {boolean} [told] by somebody else */
  go(moment, told = false) {
    this.moment = Math.max(0, Math.min(this.last, moment));
    this.slider.value = String(this.moment);
    this.draw();
    if (!told) {
      const detail = { by: this, group: this.box.dataset.group, share: this.moment / Math.max(1, this.last) };
      document.dispatchEvent(new CustomEvent("moment", { detail }));
    } else if (!this.playing) this.tell();
  }

  time() {
    const [now, all] = [this.moment, this.last].map((one) => (one / this.movement.fps).toFixed(1));
    return fill(this.words.at, { now, all });
  }

  /** The body at this moment. @returns {(Point|null)[]} */
  body() {
    const [one, share] = [Math.floor(this.moment), this.moment % 1];
    const frames = this.movement.frames;
    return share ? between(frames[one], frames[Math.min(one + 1, this.last)], share) : frames[one];
  }

  /** What is seen, in words. */
  tell() {
    const body = this.body();
    const at = (/** @type {string} */ name) => body[this.place[name]] ?? null;
    const bend = (/** @type {string} */ a, /** @type {string} */ b, /** @type {string} */ c) => {
      const [first, mid, last] = [at(a), at(b), at(c)];
      if (!known(first) || !known(mid) || !known(last)) return "–";
      return String(Math.round(180 - angle(from(mid, first), from(mid, last))));
    };
    const leans = this.lean(body);
    const lean = leans === null ? "–" : String(Math.round(leans));
    const text = fill(this.words.body, {
      time: this.time(),
      lean,
      hip_left: bend("left_shoulder", "left_hip", "left_knee"),
      hip_right: bend("right_shoulder", "right_hip", "right_knee"),
      knee_left: bend("left_hip", "left_knee", "left_ankle"),
      knee_right: bend("right_hip", "right_knee", "right_ankle"),
    });
    this.told.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  draw() {
    if (!this.canvas.getBoundingClientRect().width) return;
    const drawing = new Drawing(this.canvas, this.box, this, this.movement, this.words);
    drawing.floor();
    const ghost = /** @type {HTMLInputElement|null} */ (this.box.querySelector("[data-ghost]"));
    if (ghost?.checked) drawing.figure(this.movement.frames[0], 0.22);
    drawing.figure(this.body(), 1);
  }
}

for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-skeleton]"))) {
  const words = facts("clinic-words");
  api("GET", box.dataset.skeleton ?? "")
    .then((movement) => {
      box.hidden = false;
      new Viewer(box, movement, words);
      box.dataset.ready = "yes";
    })
    .catch((error) => {
      box.replaceChildren(Object.assign(document.createElement("p"), { className: "hint" }));
      /** @type {HTMLElement} */ (box.firstElementChild).textContent = `${words.no_skeleton} ${error.message}`;
    });
}
