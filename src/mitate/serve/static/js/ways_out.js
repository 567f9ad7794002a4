// What a person can do where sending failed: always at least one way on.
import { facts } from "./shell.js";
import { button, link } from "./camera.js";

const words = facts("film-words");

/**
 * Buttons and links that fit an error.
 * @param {import("./shell.js").ApiError} error
 * @param {{again: () => void, other?: {text: string, go: (() => void)|string}}} ways `again` tries once more;
 *   `other` leads to another film
 * @returns {HTMLDivElement}
 */
export function waysOut(error, { again, other }) {
  const made = document.createElement("div");
  made.className = "actions";
  const once = (/** @type {() => void} */ go) => () => {
    made.remove(); // a second, impatient press finds nothing
    go();
  };
  const elsewhere = (/** @type {string} */ style) => {
    if (!other) return;
    made.append(typeof other.go === "string" ? link(other.text, style, other.go) : button(other.text, style, once(other.go)));
  };
  if (error.status === 401) {
    const here = encodeURIComponent(location.pathname);
    made.append(link(words.way_sign_in, "button", `/sign-in?then=${here}`), button(words.way_again, "button-quiet", once(again)));
  } else if (error.status === 403) made.append(button(words.way_reload, "button", () => location.reload()));
  else if (error.status === 410) made.append(link(words.way_home, "button", "/"));
  else if ([413, 415, 422].includes(error.status)) elsewhere("button");
  else {
    made.append(button(words.way_again, "button", once(again)));
    elsewhere("button-quiet");
  }
  return made;
}
