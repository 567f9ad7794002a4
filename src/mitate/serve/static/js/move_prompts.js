// What is said while a movement is filmed: three times out and back, slowly, each side where there are two.

const BOTH_SIDES = ["rotation", "side_bend", "one_leg_stance", "neck_rotation", "neck_side_bend"];
const TIMES = 3;
const STAND_S = 2;
const OUT_S = 4;
const BACK_S = 3.5;
const HELD_OUT_S = 7; // one leg is held for five seconds

/**
 * @typedef {{at: number, text: string, count: number}} Prompt `at` in seconds after the start
 */

/**
 * The prompts of a movement in order, and when it is over.
 * @param {string} movement
 * @param {Record<string, string>} words of the page
 * @returns {{prompts: Prompt[], seconds: number}}
 */
export function promptsOf(movement, words) {
  const sides = BOTH_SIDES.includes(movement) ? ["out", "other"] : ["out"];
  const out = movement === "one_leg_stance" ? HELD_OUT_S : OUT_S;
  /** @type {Prompt[]} */
  const prompts = [{ at: 0, text: words.stand, count: 0 }];
  let at = STAND_S;
  for (let time = 1; time <= TIMES; time += 1) {
    const again = time === 1 ? "" : time === TIMES ? words.last : words.times_1;
    sides.forEach((side, index) => {
      const text = words[`${side}_${movement}`];
      prompts.push({ at, text: index === 0 && again ? `${again} ${text}` : text, count: time });
      at += out;
      prompts.push({ at, text: words.back, count: time });
      at += BACK_S;
    });
  }
  return { prompts, seconds: at + 1 };
}
