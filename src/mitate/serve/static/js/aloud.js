// What was waited for is said on the page that shows it, where spoken guidance is on: a page that is left falls
// silent. Screen readers read that page's title by themselves.
import { speak } from "./voice.js";

const KEPT = "aloud";

/** Have the next page say what it shows. */
export function later() {
  sessionStorage.setItem(KEPT, "yes");
}

const told = document.querySelector("main :is(.headline, .verdict-words)");
if (told && sessionStorage.getItem(KEPT)) {
  sessionStorage.removeItem(KEPT);
  speak(told.textContent ?? "", { now: true });
}
