// How far the work on a film is; the page goes on to the result by itself.
import { ApiError, announce, api, facts, fill, sleep } from "./shell.js";
import { later } from "./aloud.js";

const words = facts("face-words");
const waiting = document.getElementById("waiting");
const stage = document.getElementById("stage");
const left = document.getElementById("left");
const share = /** @type {HTMLProgressElement|null} */ (document.getElementById("share"));
const OVER = ["done", "refused", "failed"];

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.round(seconds / 60);
  if (whole < 1) return words.left_seconds;
  return whole === 1 ? words.left_minutes_one : fill(words.left_minutes, { n: whole });
}

function tell(told) {
  const name = told.state === "waiting" ? "waiting" : told.stage || "reading";
  const text = words[`stage_${name}`] ?? words.stage_reading;
  if (stage && stage.textContent !== text) stage.textContent = text;
  if (left) left.textContent = timeLeft(told.seconds_left);
  if (share) share.value = 100 * (told.progress ?? 0);
}

/** @param {string} capture */
async function follow(capture) {
  let trouble = "";
  for (let pause = 1.5; ; pause = Math.min(5, pause * 1.1)) {
    try {
      const told = await api("GET", `/api/v1/captures/${capture}`);
      if (OVER.includes(told.state)) {
        later();
        return location.replace(`/face/result/${capture}`);
      }
      tell(told);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.message !== trouble) announce(error.message);
      trouble = error.message;
      if (![0, 429, 500, 502, 503, 504].includes(error.status)) return location.reload();
      pause = 5;
    }
    await sleep(pause);
  }
}

if (waiting?.dataset.capture) void follow(waiting.dataset.capture);
