// A body in space, to be turned: joints and bones of a movement on a canvas, with a floor to see depth by.
// x to the person's left, y up, z forward, metres. Seen from the front her left is on the right.

import { api, facts, fill } from "./shell.js";

/** @typedef {[number, number, number]} Point */
/** @typedef {{fps: number, joints: string[], bones: [number, number][], frames: (Point|null)[][]}} Movement */

const VIEWS = { front: [0, 6], side: [-90, 4], back: [180, 6], oblique: [-42, 12] };
const DISTANCE_M = 4.2;
const STEP_DEG = 10;
const HEAD_M = 0.105;
const SPINE = ["s1", "t12", "c7"];

/** @param {string} name @returns {"left"|"right"|"middle"} */
const sideOf = (name) => (name.startsWith("left_") ? "left" : name.startsWith("right_") ? "right" : "middle");

/** @param {any} point @returns {point is Point} */
const known = (point) => Array.isArray(point) && point.every((one) => Number.isFinite(one));

/** Between two moments. @param {(Point|null)[]} one @param {(Point|null)[]} other @param {number} share */
const between = (one, other, share) =>
  one.map((point, number) => {
    const to = other[number];
    if (!known(point) || !known(to)) return share < 0.5 ? point : to;
    return /** @type {Point} */ (point.map((value, axis) => value + share * (to[axis] - value)));
  });

/** @param {Point} a @param {Point} b @returns {Point} */
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];

/** Degrees between two directions. @param {number[]} a @param {number[]} b */
const angle = (a, b) => {
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return (Math.acos(Math.max(-1, Math.min(1, dot / (Math.hypot(...a) * Math.hypot(...b))))) * 180) / Math.PI;
};

/** @param {Point} a @param {Point} b @returns {number[]} */
const from = (a, b) => [b[0] - a[0], b[1] - a[1], b[2] - a[2]];

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
    });
    this.slider.addEventListener("change", () => this.tell());
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
    this.play.setAttribute("aria-pressed", "true");
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
    this.play.setAttribute("aria-pressed", "false");
    this.play.setAttribute("aria-label", this.words.play);
    this.tell();
  }

  /** @param {number} moment a frame's number, also between two @param {boolean} [told] by somebody else */
  go(moment, told = false) {
    this.moment = Math.max(0, Math.min(this.last, moment));
    this.slider.value = String(this.moment);
    this.slider.setAttribute("aria-valuetext", this.time());
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
    this.told.textContent = fill(this.words.body, {
      time: this.time(),
      lean,
      hip_left: bend("left_shoulder", "left_hip", "left_knee"),
      hip_right: bend("right_shoulder", "right_hip", "right_knee"),
      knee_left: bend("left_hip", "left_knee", "left_ankle"),
      knee_right: bend("right_hip", "right_knee", "right_ankle"),
    });
  }

  /** From metres to the canvas. @param {number} width @param {number} height */
  camera(width, height) {
    const [yaw, pitch] = [(this.yaw * Math.PI) / 180, (this.pitch * Math.PI) / 180];
    const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    const centre = 0.5 * this.top;
    const size = (this.zoom * Math.min(height / (this.top + 0.45), width / 1.75)) * DISTANCE_M;
    return (/** @type {Point} */ [x, y, z]) => {
      const across = x * cy - z * sy;
      const towards = x * sy + z * cy;
      const [up, deep] = [(y - centre) * cp - towards * sp, DISTANCE_M - (towards * cp + (y - centre) * sp)];
      const scale = size / Math.max(0.5, deep);
      return { x: width / 2 + across * scale, y: height / 2 - up * scale, deep, scale };
    };
  }

  draw() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return;
    const dense = Math.min(3, devicePixelRatio || 1);
    this.canvas.width = Math.round(box.width * dense);
    this.canvas.height = Math.round(box.height * dense);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.scale(dense, dense);
    pen.clearRect(0, 0, box.width, box.height);
    pen.lineCap = pen.lineJoin = "round";
    const style = getComputedStyle(this.box);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const see = this.camera(box.width, box.height);
    this.floor(pen, see, colour);
    const ghost = /** @type {HTMLInputElement|null} */ (this.box.querySelector("[data-ghost]"));
    if (ghost?.checked) this.figure(pen, see, this.movement.frames[0], colour, 0.22);
    this.figure(pen, see, this.body(), colour, 1);
  }

  /** @param {CanvasRenderingContext2D} pen @param {ReturnType<Viewer["camera"]>} see
   *  @param {(name: string) => string} colour */
  floor(pen, see, colour) {
    pen.lineWidth = 1;
    pen.strokeStyle = colour("grid");
    pen.beginPath();
    for (let step = -4; step <= 4; step += 1) {
      for (const [a, b] of [
        [[step / 4, 0, -1], [step / 4, 0, 1]],
        [[-1, 0, step / 4], [1, 0, step / 4]],
      ]) {
        const [one, other] = [see(/** @type {Point} */ (a)), see(/** @type {Point} */ (b))];
        pen.moveTo(one.x, one.y);
        pen.lineTo(other.x, other.y);
      }
    }
    pen.stroke();
    pen.fillStyle = pen.strokeStyle = colour("ink-quiet");
    const [heel, tip] = [see([0, 0, 0.72]), see([0, 0, 0.98])];
    pen.lineWidth = 2;
    pen.beginPath();
    for (const side of [-0.06, 0.06]) {
      const wing = see([side, 0, 0.88]);
      pen.moveTo(wing.x, wing.y);
      pen.lineTo(tip.x, tip.y);
    }
    pen.moveTo(heel.x, heel.y);
    pen.lineTo(tip.x, tip.y);
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {ReturnType<Viewer["camera"]>} see
   *  @param {(Point|null)[]} body @param {(name: string) => string} colour @param {number} strength */
  figure(pen, see, body, colour, strength) {
    pen.globalAlpha = strength;
    if (strength === 1) this.shadow(pen, see, body, colour);
    const tints = { left: colour("left"), right: colour("right"), middle: colour("ink") };
    const seen = body.map((point) => (known(point) ? see(point) : null));
    const { joints, bones } = this.movement;
    const lines = bones
      .map(([a, b]) => ({ a, b, one: seen[a], other: seen[b] }))
      .filter(({ one, other }) => one && other)
      .sort((p, q) => (q.one?.deep ?? 0) + (q.other?.deep ?? 0) - (p.one?.deep ?? 0) - (p.other?.deep ?? 0));
    for (const { a, b, one, other } of lines) {
      if (!one || !other) continue;
      const spine = SPINE.includes(joints[a]) && SPINE.includes(joints[b]);
      const [sa, sb] = [sideOf(joints[a]), sideOf(joints[b])];
      const width = (spine ? 0.05 : sa === sb && sa !== "middle" ? 0.042 : 0.026) * ((one.scale + other.scale) / 2);
      pen.beginPath();
      pen.moveTo(one.x, one.y);
      pen.lineTo(other.x, other.y);
      pen.lineWidth = width + 3;
      pen.strokeStyle = colour("surface");
      pen.stroke();
      pen.lineWidth = width;
      pen.strokeStyle = spine ? colour("spine") : sa === sb ? tints[sa] : colour("edge");
      pen.stroke();
    }
    this.head(pen, body, see, colour);
    seen.forEach((one, number) => {
      if (!one || /ear|index|heel/.test(joints[number])) return;
      pen.beginPath();
      pen.arc(one.x, one.y, 0.02 * one.scale, 0, 7);
      pen.fillStyle = colour("surface");
      pen.fill();
      pen.lineWidth = 1.6;
      pen.strokeStyle = SPINE.includes(joints[number]) ? colour("spine") : tints[sideOf(joints[number])];
      pen.stroke();
    });
    if (strength === 1) this.letters(pen, seen, colour, tints);
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {(Point|null)[]} body @param {ReturnType<Viewer["camera"]>} see
   *  @param {(name: string) => string} colour */
  head(pen, body, see, colour) {
    const [left, right, nose] = ["left_ear", "right_ear", "nose"].map((name) => body[this.place[name]]);
    if (!known(left) || !known(right)) return;
    const at = see(middle(left, right));
    pen.beginPath();
    pen.arc(at.x, at.y, HEAD_M * at.scale, 0, 7);
    pen.fillStyle = colour("surface");
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = colour("ink");
    pen.stroke();
    if (!known(nose)) return;
    const tip = see(nose);
    if (tip.deep < at.deep + 0.05) {
      pen.beginPath();
      pen.arc(tip.x, tip.y, 0.022 * tip.scale, 0, 7);
      pen.fillStyle = colour("ink");
      pen.fill();
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {ReturnType<Viewer["camera"]>} see
   *  @param {(Point|null)[]} body @param {(name: string) => string} colour */
  shadow(pen, see, body, colour) {
    pen.strokeStyle = colour("shade");
    for (const [a, b] of this.movement.bones) {
      const [one, other] = [body[a], body[b]];
      if (!known(one) || !known(other)) continue;
      const [from_, to] = [see([one[0], 0, one[2]]), see([other[0], 0, other[2]])];
      pen.lineWidth = 0.06 * from_.scale;
      pen.beginPath();
      pen.moveTo(from_.x, from_.y);
      pen.lineTo(to.x, to.y);
      pen.stroke();
    }
  }

  /** Left and right by letters, never by colour alone.
   *  @param {CanvasRenderingContext2D} pen @param {any[]} seen @param {(name: string) => string} colour
   *  @param {Record<string, string>} tints */
  letters(pen, seen, colour, tints) {
    pen.font = `700 15px ${getComputedStyle(this.box).fontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    /** @type {{x: number, y: number}[]} */
    const put = [];
    for (const side of /** @type {const} */ (["left", "right"])) {
      for (const part of ["elbow", "knee"]) {
        const at = seen[this.place[`${side}_${part}`]];
        if (!at) continue;
        let [x, y] = [at.x + (side === "left" ? 20 : -20), at.y];
        while (put.some((one) => Math.hypot(one.x - x, one.y - y) < 24)) y += 25;
        put.push({ x, y });
        pen.beginPath();
        pen.arc(x, y, 11, 0, 7);
        pen.fillStyle = tints[side];
        pen.fill();
        pen.fillStyle = colour("surface");
        pen.fillText(this.words[side], x, y + 0.5);
      }
    }
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
