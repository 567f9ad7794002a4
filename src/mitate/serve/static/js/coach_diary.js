// What was done with the coach goes into the diary of the programme: the set at its end, by itself; how it was
// when the person has said so. Kept sealed on this device until the server has it, and written once.
import { ApiError, announce, facts } from "./shell.js";
import { newId } from "./kept.js";
import { keepNote, sendNote, sendNotes } from "./kept_notes.js";
import { link } from "./camera.js";

const told = facts("facts");
const words = facts("film-words");
const OF_A_SET = ["repetitions", "left", "right", "target", "held_s", "target_s", "duration_s", "range_share", "unseen_share", "faults"];

/** @type {Promise<unknown>} */
let before = Promise.resolve();

/** @param {any} body @returns {Promise<boolean>} whether it is in the diary */
function note(body) {
  const path = `/api/v1/checks/${told.check}/diary`;
  const one = { id: newId(), person: told.person, path, body: { date: told.day, exercise: told.exercise, ...body } };
  const sent = before.then(() => send(one)); // one after the other, as they were said
  before = sent;
  return sent;
}

/** @param {import("./kept_notes.js").Note} one */
async function send(one) {
  const kept = await keepNote(one);
  try {
    await sendNote(one, (error) => say(error.status === 0 ? words[kept ? "note_kept" : "note_open"] : error.message));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.status === 401 ? words.note_sign_in : error.message);
    if (error.status === 401) {
      const here = encodeURIComponent(location.pathname);
      document.getElementById("noted")?.append(" ", link(words.way_sign_in, "", `/sign-in?then=${here}`));
    }
    return false;
  }
  return true;
}

function say(text) {
  const place = document.getElementById("noted");
  if (place) place.textContent = text;
  announce(text);
}

/** Write a set that was counted. @param {any} summary of the coach */
export async function writeSet(summary) {
  if (!told.check || !(summary?.repetitions || summary?.held_s)) return;
  const known = OF_A_SET.filter((name) => summary[name] !== null && summary[name] !== undefined);
  const coach = Object.fromEntries(known.map((name) => [name, summary[name]]));
  if (await note({ coach: { ...coach, set: newId() } })) say(words.note_in);
}

/** The form that asks how it was is sent as the set is, and leads on once it is there. */
export function askHowItWas() {
  if (!told.check) return;
  void sendNotes(told.person); // what an earlier page could not send
  const form = /** @type {HTMLFormElement|null} */ (document.getElementById("how"));
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (!button || button.disabled) return;
    button.disabled = true;
    const given = new FormData(form);
    const said = ["pain_before", "pain_after", "effort"].filter((name) => given.get(name) !== "");
    if (await note(Object.fromEntries(said.map((name) => [name, Number(given.get(name))]))))
      location.assign(`/back/programme/${told.check}?saved=yes`);
    else button.disabled = false;
  });
}
