// The line of the back from C7 to S1 through a movement, from the person's right side: forward is to the
// right. The line of standing stays as a ghost; the lumbar part, T12 to S1, is marked.

import { facts, fill } from "./shell.js";

/** @typedef {[number, number]} Point metres, forward and up from S1 */

const NS = "http://www.w3.org/2000/svg";
const T12_SHARE = 10 / 16; // of the curve's length at rest
const ROOM = 46;

/** @param {string} name @param {Record<string, string|number>} facts_ @param {string} [text] */
function made(name, facts_, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(facts_)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A smooth line through points (Catmull and Rom). @param {Point[]} points */
function smooth(points) {
  const at = (/** @type {number} */ i) => points[Math.max(0, Math.min(points.length - 1, i))];
  let path = `M${points[0][0].toFixed(1)} ${points[0][1].toFixed(1)}`;
  for (let i = 0; i < points.length - 1; i += 1) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const [p, q] = [0, 1].map((k) => [b[k] + (c[k] - a[k]) / 6, c[k] - (d[k] - b[k]) / 6]);
    path += `C${p[0].toFixed(1)} ${q[0].toFixed(1)} ${p[1].toFixed(1)} ${q[1].toFixed(1)} ${c[0].toFixed(1)} ${c[1].toFixed(1)}`;
  }
  return path;
}

/** Forward lean of the line at one piece, degrees, upwards along the spine. @param {Point} low @param {Point} high */
const lean = (low, high) => (Math.atan2(high[0] - low[0], high[1] - low[1]) * 180) / Math.PI;

/** How far the part between two points is bent forwards, degrees. @param {Point[]} points @param {number} from @param {number} to */
function bend(points, from, to) {
  const turn = lean(points[from + 1], points[from]) - lean(points[to], points[to - 1]);
  return ((turn + 540) % 360) - 180;
}

/** Words beside a point of the line: in front of it, or with a negative distance behind.
 *  @param {Point[]} drawn @param {number} place @param {number} away @param {string} text @param {string} [style] */
function beside(drawn, place, away, text, style = "") {
  const [low, high] = [drawn[Math.min(drawn.length - 1, place + 1)], drawn[Math.max(0, place - 1)]];
  const [dx, dy] = [high[0] - low[0], high[1] - low[1]];
  const long = Math.hypot(dx, dy) || 1;
  const [x, y] = [(-dy / long) * away, (dx / long) * away];
  const anchor = Math.abs(x) < 0.5 * Math.abs(away) ? "middle" : x > 0 ? "start" : "end";
  const from = Math.abs(x) < 0.5 * Math.abs(away) ? 1 : 0.6; // words that stand beside need less room
  const [px, py] = drawn[place];
  const facts_ = { x: px + x * from, y: py + y * from + 6, "text-anchor": anchor, ...(style ? { class: style } : {}) };
  return made("text", facts_, text);
}

class Curve {
  /** @param {HTMLElement} box @param {{points: (Point[]|null)[]}} told @param {Record<string, string>} words */
  constructor(box, told, words) {
    this.box = box;
    this.words = words;
    this.frames = told.points.map((points) =>
      points?.every((point) => point?.every?.((one) => Number.isFinite(one))) ? points : null,
    );
    this.svg = /** @type {SVGSVGElement} */ (box.querySelector("svg"));
    this.slider = /** @type {HTMLInputElement} */ (box.querySelector("[data-moment]"));
    this.told = /** @type {HTMLElement} */ (box.querySelector("[data-told]"));
    this.standing = /** @type {Point[]} */ (this.frames.find(Boolean) ?? []);
    this.t12 = Math.round(T12_SHARE * (this.standing.length - 1));
    this.slider.max = String(this.frames.length - 1);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    document.addEventListener("moment", (event) => {
      const other = /** @type {CustomEvent} */ (event).detail;
      if (other.by !== this && other.group === box.dataset.group) {
        this.go(Math.round(other.share * (this.frames.length - 1)), true);
      }
    });
    this.moment = 0;
    new ResizeObserver(() => {
      this.fit();
      this.draw();
    }).observe(this.svg);
    this.fit();
    this.go(0, true);
  }

  fit() {
    const all = /** @type {Point[]} */ (this.frames.flatMap((points) => points ?? []));
    const [xs, ys] = [0, 1].map((axis) => all.map((point) => point[axis]));
    const [left, right] = [Math.min(-0.16, ...xs), Math.max(0.16, ...xs)];
    const [low, high] = [Math.min(-0.08, ...ys), Math.max(0.3, ...ys)];
    const box = this.svg.getBoundingClientRect();
    const [width, height] = [box.width || 520, box.height || 440]; // so that letters keep their size
    const scale = Math.min((width - 2 * ROOM) / (right - left), (height - 2 * ROOM) / (high - low));
    const [x0, y0] = [width / 2 - (scale * (left + right)) / 2, height / 2 + (scale * (low + high)) / 2];
    this.at = (/** @type {Point} */ [x, y]) => /** @type {Point} */ ([x0 + scale * x, y0 - scale * y]);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [sx, sy] = this.at([0, 0]);
    const ten = 0.1 * scale;
    this.ground = [
      made("line", { x1: sx, x2: sx, y1: 14, y2: height - 14, class: "plumb" }),
      made("path", { d: `M${width - 24 - ten} ${height - 20}h${ten}m0 -5v10m${-ten} -10v10`, class: "ruler" }),
      made("text", { x: width - 24 - ten / 2, y: height - 30, "text-anchor": "middle", class: "soft" }, "10 cm"),
      made("path", { d: `M${width - 130} 26h92m-10 -7 10 7 -10 7`, class: "ruler" }),
      made("text", { x: width - 84, y: 50, "text-anchor": "middle", class: "soft" }, this.words.forward),
      made("path", { d: smooth(this.standing.map(this.at)), class: "ghost" }),
    ];
    this.base = [sx, sy];
  }

  /** @param {number} moment @param {boolean} [told] by somebody else */
  go(moment, told = false) {
    this.moment = Math.max(0, Math.min(this.frames.length - 1, moment));
    this.slider.value = String(this.moment);
    const share = this.moment / Math.max(1, this.frames.length - 1);
    this.draw();
    if (!told) {
      const detail = { by: this, group: this.box.dataset.group, share };
      document.dispatchEvent(new CustomEvent("moment", { detail }));
    }
  }

  draw() {
    const points = this.frames[this.moment];
    if (!points) {
      this.svg.replaceChildren(...(this.ground ?? []));
      this.told.textContent = this.words.hidden;
      this.slider.setAttribute("aria-valuetext", this.words.hidden);
      return;
    }
    const at = /** @type {(point: Point) => Point} */ (this.at);
    const [drawn, last] = [points.map(at), points.length - 1];
    const marks = /** @type {[number, string][]} */ ([[0, "C7"], [this.t12, "T12"], [last, "S1"]]);
    this.svg.replaceChildren(
      ...(this.ground ?? []),
      made("path", { d: smooth(drawn.slice(this.t12)), class: "lumbar-band" }),
      made("path", { d: smooth(drawn), class: "line" }),
      made("path", { d: smooth(drawn.slice(this.t12)), class: "lumbar" }),
      ...marks.flatMap(([place, name]) => [
        made("circle", { cx: drawn[place][0], cy: drawn[place][1], r: 6, class: "mark" }),
        beside(drawn, place, -24, name),
      ]),
      beside(drawn, Math.round((this.t12 + last) / 2), 40, this.words.lumbar, "lumbar-name"),
    );
    const now = bend(points, this.t12, last);
    const change = Math.round(now - bend(this.standing, this.t12, last));
    const text = fill(Math.abs(change) < 3 ? this.words.curve_same : this.words.curve_bent, {
      degrees: Math.abs(change),
      way: change > 0 ? this.words.forwards : this.words.backwards,
    });
    this.told.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }
}

for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-curve]"))) {
  const told = facts(box.dataset.curve ?? "");
  if (!told.points?.some(Boolean)) continue;
  box.hidden = false;
  new Curve(box, told, facts("clinic-words"));
  box.dataset.ready = "yes";
}
