// A body's joints and bones drawn on a canvas at one moment, over a floor to see depth by.

import { known, middle } from "./skeleton_points.js";

/** @typedef {import("./skeleton_points.js").Point} Point */
/** @typedef {import("./skeleton_points.js").Movement} Movement */
/** @typedef {{x: number, y: number, deep: number, scale: number}} Place on the canvas */

const DISTANCE_M = 4.2;
const HEAD_M = 0.105;
const SPINE = ["s1", "t12", "c7"];

/** @param {string} name @returns {"left"|"right"|"middle"} */
const sideOf = (name) => (name.startsWith("left_") ? "left" : name.startsWith("right_") ? "right" : "middle");

/** From metres to the canvas.
 *  @param {{yaw: number, pitch: number, zoom: number, top: number}} from degrees, times, metres of the highest point
 *  @param {number} width @param {number} height @returns {(point: Point) => Place} */
export function camera({ yaw, pitch, zoom, top }, width, height) {
  const [turn, tilt] = [(yaw * Math.PI) / 180, (pitch * Math.PI) / 180];
  const [cy, sy, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const centre = 0.5 * top;
  const size = (zoom * Math.min(height / (top + 0.45), width / 1.75)) * DISTANCE_M;
  return ([x, y, z]) => {
    const across = x * cy - z * sy;
    const towards = x * sy + z * cy;
    const [up, deep] = [(y - centre) * cp - towards * sp, DISTANCE_M - (towards * cp + (y - centre) * sp)];
    const scale = size / Math.max(0.5, deep);
    return { x: width / 2 + across * scale, y: height / 2 - up * scale, deep, scale };
  };
}

/** A canvas that is being drawn on, in the colours of the page it is on. */
export class Drawing {
  /** @param {HTMLCanvasElement} canvas cleared @param {HTMLElement} box with the colours and the type
   *  @param {Parameters<typeof camera>[0]} from @param {Movement} movement @param {Record<string, string>} words */
  constructor(canvas, box, from, movement, words) {
    const { width, height } = canvas.getBoundingClientRect();
    const dense = Math.min(3, devicePixelRatio || 1);
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.pen.scale(dense, dense);
    this.pen.clearRect(0, 0, width, height);
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.style = getComputedStyle(box);
    this.see = camera(from, width, height);
    this.movement = movement;
    this.words = words;
    this.place = Object.fromEntries(movement.joints.map((name, number) => [name, number]));
  }

  /** @param {string} name @returns {string} */
  colour(name) {
    return this.style.getPropertyValue(`--${name}`).trim();
  }

  /** A line between two places. @param {{x: number, y: number}} one @param {{x: number, y: number}} other */
  line(one, other) {
    this.pen.moveTo(one.x, one.y);
    this.pen.lineTo(other.x, other.y);
  }

  floor() {
    const { pen } = this;
    pen.lineWidth = 1;
    pen.strokeStyle = this.colour("grid");
    pen.beginPath();
    for (let step = -4; step <= 4; step += 1) {
      this.line(this.see([step / 4, 0, -1]), this.see([step / 4, 0, 1]));
      this.line(this.see([-1, 0, step / 4]), this.see([1, 0, step / 4]));
    }
    pen.stroke();
    pen.fillStyle = pen.strokeStyle = this.colour("ink-quiet");
    const [heel, tip] = [this.see([0, 0, 0.72]), this.see([0, 0, 0.98])];
    pen.lineWidth = 2;
    pen.beginPath();
    for (const side of [-0.06, 0.06]) this.line(this.see([side, 0, 0.88]), tip);
    this.line(heel, tip);
    pen.stroke();
  }

  /** @param {(Point|null)[]} body @param {number} strength 1 for the body itself, less for a pale one */
  figure(body, strength) {
    const { pen, movement } = this;
    pen.globalAlpha = strength;
    if (strength === 1) this.shadow(body);
    const tints = { left: this.colour("left"), right: this.colour("right"), middle: this.colour("ink") };
    const seen = body.map((point) => (known(point) ? this.see(point) : null));
    this.bones(seen, tints);
    this.head(body);
    seen.forEach((one, number) => {
      const name = movement.joints[number];
      if (!one || /ear|index|heel/.test(name)) return;
      pen.beginPath();
      pen.arc(one.x, one.y, 0.02 * one.scale, 0, 7);
      pen.fillStyle = this.colour("surface");
      pen.fill();
      pen.lineWidth = 1.6;
      pen.strokeStyle = SPINE.includes(name) ? this.colour("spine") : tints[sideOf(name)];
      pen.stroke();
    });
    if (strength === 1) this.letters(seen, tints);
    pen.globalAlpha = 1;
  }

  /** The farthest first. @param {(Place|null)[]} seen @param {Record<string, string>} tints */
  bones(seen, tints) {
    const { pen } = this;
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
      this.line(one, other);
      pen.lineWidth = width + 3;
      pen.strokeStyle = this.colour("surface");
      pen.stroke();
      pen.lineWidth = width;
      pen.strokeStyle = spine ? this.colour("spine") : sa === sb ? tints[sa] : this.colour("edge");
      pen.stroke();
    }
  }

  /** @param {(Point|null)[]} body */
  head(body) {
    const { pen } = this;
    const [left, right, nose] = ["left_ear", "right_ear", "nose"].map((name) => body[this.place[name]]);
    if (!known(left) || !known(right)) return;
    const at = this.see(middle(left, right));
    pen.beginPath();
    pen.arc(at.x, at.y, HEAD_M * at.scale, 0, 7);
    pen.fillStyle = this.colour("surface");
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = this.colour("ink");
    pen.stroke();
    if (!known(nose)) return;
    const tip = this.see(nose);
    if (tip.deep < at.deep + 0.05) {
      pen.beginPath();
      pen.arc(tip.x, tip.y, 0.022 * tip.scale, 0, 7);
      pen.fillStyle = this.colour("ink");
      pen.fill();
    }
  }

  /** @param {(Point|null)[]} body */
  shadow(body) {
    const { pen } = this;
    pen.strokeStyle = this.colour("shade");
    for (const [a, b] of this.movement.bones) {
      const [one, other] = [body[a], body[b]];
      if (!known(one) || !known(other)) continue;
      const foot = this.see([one[0], 0, one[2]]);
      pen.lineWidth = 0.06 * foot.scale;
      pen.beginPath();
      this.line(foot, this.see([other[0], 0, other[2]]));
      pen.stroke();
    }
  }

  /** Left and right by letters, never by colour alone.
   *  @param {(Place|null)[]} seen @param {Record<string, string>} tints */
  letters(seen, tints) {
    const { pen } = this;
    pen.font = `700 15px ${this.style.fontFamily}`;
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
        pen.fillStyle = this.colour("surface");
        pen.fillText(this.words[side], x, y + 0.5);
      }
    }
  }
}
