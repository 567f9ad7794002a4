// Points of a body in space: x to the person's left, y up, z forward, metres.

/** @typedef {[number, number, number]} Point */
/** @typedef {{fps: number, joints: string[], bones: [number, number][], frames: (Point|null)[][]}} Movement */

/** @param {any} point @returns {point is Point} */
export const known = (point) => Array.isArray(point) && point.every((one) => Number.isFinite(one));

/** Between two moments. @param {(Point|null)[]} one @param {(Point|null)[]} other @param {number} share */
export const between = (one, other, share) =>
  one.map((point, number) => {
    const to = other[number];
    if (!known(point) || !known(to)) return share < 0.5 ? point : to;
    return /** @type {Point} */ (point.map((value, axis) => value + share * (to[axis] - value)));
  });

/** @param {Point} a @param {Point} b @returns {Point} */
export const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];

/** Degrees between two directions. @param {number[]} a @param {number[]} b */
export const angle = (a, b) => {
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return (Math.acos(Math.max(-1, Math.min(1, dot / (Math.hypot(...a) * Math.hypot(...b))))) * 180) / Math.PI;
};

/** @param {Point} a @param {Point} b @returns {number[]} */
export const from = (a, b) => [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
