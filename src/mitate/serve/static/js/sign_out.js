// Before somebody signs out she is told what has not been sent yet. Without this script it stays, sealed.
import { api, facts, fill } from "./shell.js";
import { button, link } from "./camera.js";
import { everything, forget } from "./kept_rows.js";

const words = facts("film-words");

/** Ids of what this account left on this device. */
async function left() {
  const rows = await everything();
  if (!rows.length) return [];
  const { mark } = await api("GET", "/api/v1/device", undefined, { tries: 2 });
  return rows.filter((row) => row.mark === mark).map((row) => row.id);
}

/** @param {HTMLFormElement} form @param {string[]} ids */
function ask(form, ids) {
  const asking = document.createElement("section");
  asking.className = "tone-watch";
  asking.tabIndex = -1;
  const title = document.createElement("h2");
  title.textContent = words.leave_title;
  const text = document.createElement("p");
  text.textContent = fill(words.leave_text, { n: ids.length });
  const ways = document.createElement("div");
  ways.className = "actions";
  ways.append(
    link(words.leave_send, "button", "/"),
    button(words.leave_keep, "button-quiet", () => form.submit()),
    button(words.leave_delete, "button-danger", async () => {
      await forget(ids);
      form.submit();
    }),
  );
  asking.append(title, text, ways);
  form.replaceWith(asking);
  asking.append(form); // it is sent from here
  form.hidden = true;
  asking.focus();
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('main form[action="/sign-out"], main form[action="/me/everywhere"]'))) {
  let looking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (looking) return; // a second, impatient press
    looking = true;
    let ids = [];
    try {
      ids = await left();
    } catch (error) {
      // No network, or a database that the browser closed: whoever wants to go goes.
      console.info("not looked through:", error instanceof Error ? error.name : "");
    }
    looking = false;
    if (ids.length) ask(form, ids);
    else form.submit();
  });
}
