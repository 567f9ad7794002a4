// Small things of the clinic's pages: the other cause only where it is asked for, and a drawing to be enlarged.
import { announce, facts, sleep } from "./shell.js";

for (const form of document.querySelectorAll("[data-correction]")) {
  const instead = /** @type {HTMLElement|null} */ (form.querySelector("[data-instead]"));
  const shown = () => {
    const chosen = /** @type {HTMLInputElement|null} */ (form.querySelector('[name="verdict"]:checked'));
    if (instead) instead.hidden = chosen?.value !== "wrong";
  };
  form.addEventListener("change", shown);
  shown();
}

for (const box of document.querySelectorAll("[data-zoom]")) {
  const picture = /** @type {HTMLElement|null} */ (box.querySelector("[data-zoomable]"));
  let size = 60;
  for (const button of box.querySelectorAll("[data-zoom-by]")) {
    button.addEventListener("click", () => {
      size = Math.max(20, Math.min(240, size * Number(button.getAttribute("data-zoom-by"))));
      if (picture) picture.style.width = `${size}rem`;
    });
  }
}

// Where something is still being worked out, the page is looked at in the background. It loads itself anew once, when
// that is done; where somebody is at one of its controls she is told, and decides.
const words = facts("shell-words");

const UNDER_WAY = ["uploading", "waiting", "reading"];

/** Whether it is still being worked out. @param {string} path of a film in the API, or nothing for the page itself */
async function underWay(path) {
  const where = path || location.href;
  const answer = await fetch(where, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return true;
  if (path) return UNDER_WAY.includes((await answer.json()).state);
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  return Boolean(now.querySelector("[data-reload]"));
}

/** @param {HTMLElement} notice */
async function watch(notice) {
  let pause = 2.5;
  do {
    await sleep(pause);
    pause = Math.min(10, 1.2 * pause);
  } while (await underWay(notice.dataset.reload ?? ""));
  if (!document.activeElement?.closest("main *")) return location.reload();
  const show = document.createElement("a");
  show.href = location.href;
  show.textContent = words.news_show;
  notice.replaceChildren(`${words.news} `, show);
  announce(words.news);
}

const notice = /** @type {HTMLElement|null} */ (document.querySelector("[data-reload]"));
if (notice) void watch(notice);
