// A photo that is being compared: its page looks again by itself once there is an answer.
import { ApiError, api, sleep } from "./shell.js";

const card = /** @type {HTMLElement|null} */ (document.querySelector("[data-photo]"));
const share = /** @type {HTMLProgressElement|null} */ (card?.querySelector("progress") ?? null);
const OVER = ["done", "refused", "failed"];

/** @param {string} photo */
async function follow(photo) {
  for (let pause = 1.5; ; pause = Math.min(5, pause * 1.2)) {
    try {
      const told = await api("GET", `/api/v1/photos/${photo}`);
      if (OVER.includes(told.state)) return location.reload();
      if (share) share.value = told.progress ?? 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (![0, 429, 500, 502, 503, 504].includes(error.status)) return location.reload();
      pause = 5;
    }
    await sleep(pause);
  }
}

if (card?.dataset.photo) void follow(card.dataset.photo);
