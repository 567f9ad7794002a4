// What a set was like, line by line. Nothing is said of a range, or of faults, where nothing was counted.

/**
 * @param {any} summary of the coach, or null where a clock counted
 * @param {{target: number, target_s: number}} goal repetitions or seconds of a set; 0 for what does not count
 * @param {number} seconds that the clock counted
 * @param {(key: string, gaps?: Record<string, string|number>) => string} say
 * @returns {string[]}
 */
export function summaryLines(summary, goal, seconds, say) {
  const held = summary ? summary.held_s : seconds;
  if (!summary || !goal.target) return [heldLine(held, goal, say), ...(summary ? seenLines(summary, held >= 1, say) : [])];
  if (!summary.repetitions) return [say("coach_none")];
  return [say("coach_reps", { n: summary.repetitions, target: goal.target }), ...seenLines(summary, true, say)];
}

function heldLine(held, goal, say) {
  if (goal.target_s) return say("coach_held", { n: Math.round(held), target: Math.round(goal.target_s) });
  if (held < 60) return say("coach_seconds", { s: Math.floor(held) });
  return say("coach_time", { m: Math.floor(held / 60), s: Math.floor(held % 60) });
}

function seenLines(summary, counted, say) {
  const lines = [];
  const percent = (/** @type {number} */ share) => Math.round(100 * share);
  if (summary.repetitions && typeof summary.range_share === "number")
    lines.push(say("coach_range", { percent: Math.min(100, percent(summary.range_share)) }));
  const corrections = (summary.events ?? []).filter((one) => one.kind === "correction").map((one) => one.text);
  lines.push(...new Set(corrections));
  if (counted && !corrections.length) lines.push(say("coach_fine"));
  if (summary.unseen_share > 0.1) lines.push(say("coach_unseen", { percent: percent(summary.unseen_share) }));
  return lines;
}
