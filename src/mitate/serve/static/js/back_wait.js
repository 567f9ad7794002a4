// How far the films and the reasoning are; when everything is read the check is handed in, then on to the result.
import { later } from "./aloud.js";
import { ApiError, announce, api, facts, fill, sleep } from "./shell.js";

const ON_THE_WAY = ["uploading", "waiting", "reading"];
const told = facts("facts");
const words = facts("back-words");
const states = facts("state-words");
const left = document.getElementById("left");

/** @param {HTMLElement} row @returns {Promise<number|null>} seconds left, where they are known */
async function follow(row) {
  if (!ON_THE_WAY.includes(row.dataset.state ?? "")) return null;
  const capture = await api("GET", `/api/v1/captures/${row.dataset.capture}`);
  const shown = row.querySelector(".state");
  if (shown && row.dataset.state !== capture.state) {
    shown.textContent = states[capture.state] ?? "";
    announce(`${row.querySelector("strong")?.textContent ?? ""}: ${shown.textContent}`);
  }
  row.dataset.state = capture.state;
  const bar = row.querySelector("progress");
  if (bar && ON_THE_WAY.includes(capture.state)) bar.value = 100 * (capture.progress ?? 0);
  else bar?.remove();
  return capture.seconds_left ?? null;
}

async function films() {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-capture]")]);
  while (rows.some((row) => ON_THE_WAY.includes(row.dataset.state ?? ""))) {
    let most = 0;
    for (const row of rows) most = Math.max(most, (await follow(row)) ?? 0);
    if (left) left.textContent = most > 1 ? fill(words.wait_left, { s: Math.ceil(most) }) : "";
    await sleep(1.5);
  }
  // A film that cannot be used is for the person to decide on: the page says what was wrong with it.
  return rows.every((row) => row.dataset.state === "done");
}

async function reasoning() {
  const card = document.getElementById("reasoning");
  if (card?.hidden) {
    card.hidden = false;
    announce(card.querySelector("h2")?.textContent ?? "");
  }
  for (;;) {
    const check = await api("GET", `/api/v1/checks/${told.check}`);
    if (check.state === "done") {
      later();
      return location.replace(`/back/result/${told.check}`);
    }
    if (check.state !== "concluding") return location.reload();
    await sleep(1);
  }
}

async function run() {
  try {
    if (told.state === "concluding") return await reasoning();
    if (!told.busy) return;
    if (!(await films())) return location.reload();
    await api("POST", `/api/v1/checks/${told.check}/conclude`);
    await reasoning();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    announce(error.message, true);
    if (left) left.textContent = error.message;
    await sleep(5);
    location.reload();
  }
}

void run();
