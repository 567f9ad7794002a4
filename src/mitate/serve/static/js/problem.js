// A form that came back with something wrong: its title says so, and the focus is where it is to be mended.
import { facts } from "./shell.js";

const words = facts("shell-words");
const wrong = [...document.querySelectorAll('main [aria-invalid="true"]')];
// of a name and a PIN that do not match, the PIN came back empty: it is to be typed again
const invalid = wrong.find((one) => one instanceof HTMLInputElement && !one.value) ?? wrong[0];
const said = [...document.querySelectorAll('main :is([role="alert"], .error)')].find((one) => one.checkVisibility());

/** @param {Element} place a field, or a group of them @returns {HTMLElement|null} what can have the focus */
function within(place) {
  return place.matches("fieldset") ? (place.querySelector("input:checked") ?? place.querySelector("input")) : place;
}

if (invalid || said) {
  document.title = `${words.problem}: ${document.title}`;
  if (!invalid) said?.setAttribute("tabindex", "-1");
  (invalid ? within(invalid) : /** @type {HTMLElement} */ (said))?.focus();
}
