// A chosen film is sent in parts that can be taken up again; without this script the form sends it in one go.
import { facts } from "./shell.js";
import { filmsOf } from "./kept.js";
import { part, sendAndWait } from "./face_sending.js";

const told = facts("facts");
const words = facts("film-words");
const ways = document.getElementById("ways");

for (const form of document.querySelectorAll("#ways form")) {
  form.addEventListener("submit", (event) => {
    const input = /** @type {HTMLInputElement|null} */ (form.querySelector('input[type="file"]'));
    const file = input?.files?.[0];
    if (!file) return; // the browser says that it is missing
    event.preventDefault();
    if (ways) ways.hidden = true;
    send({ blob: file, purpose: "face", facts: told.facts });
  });
}

let sending = false;

function send(what) {
  sending = true;
  const another = () => {
    part("sending").hidden = true;
    if (ways) ways.hidden = false;
    ways?.querySelector("input")?.focus();
  };
  void sendAndWait({ person: told.person, ...what }, { text: words.way_choose, go: another });
}

// One that was on its way when the page was closed goes on.
const unsent = (await filmsOf(told.person, "face")).find((film) => film.state === "sending");
if (unsent && !sending) {
  if (ways) ways.hidden = true;
  send({ film: unsent });
}
