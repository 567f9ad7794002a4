// Small things that must reach the server (an exercise that was done), kept sealed on this device until they have.
// Each has an id that the server knows it by, so that what is sent twice is written once.
import { ApiError, api, serverNow, sleep } from "./shell.js";
import { forget, put, rowsOf } from "./kept_rows.js";
import { openedJson, sealOf, sealedJson } from "./seal.js";

/**
 * @typedef {object} Note
 * @property {string} id random
 * @property {string} person whose
 * @property {string} path of the API, to POST to
 * @property {any} body
 */

const PASSING = [0, 401, 403, 408, 429, 500, 502, 503, 504, 507];
const LONGEST_PAUSE_S = 20;

/** Keep a note. @param {Note} note @returns {Promise<boolean>} whether the device has it */
export async function keepNote(note) {
  const seal = await sealOf(note.person);
  if (!seal) return false;
  const at = new Date(serverNow() ?? Date.now()).toISOString();
  const row = { id: note.id, mark: seal.mark, whose: seal.whose, at, sealed: await sealedJson(seal, note, `note ${note.id}`) };
  return put({ sealed_notes: [row] });
}

/**
 * Send a note until the server has it; it is then forgotten here.
 * @param {Note} note @param {(error: ApiError) => void} [onWaiting] told of what is waited for
 * @throws {ApiError} what no waiting will mend
 */
export async function sendNote(note, onWaiting) {
  for (let pause = 1; ; pause = Math.min(LONGEST_PAUSE_S, 2 * pause)) {
    try {
      await api("POST", note.path, note.body);
      break;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!PASSING.includes(error.status)) {
        await forget([note.id]);
        throw error;
      }
      if ([401, 403].includes(error.status)) throw error; // it stays, and goes out after signing in
      onWaiting?.(error);
    }
    const online = new Promise((done) => window.addEventListener("online", done, { once: true }));
    await Promise.race([online, sleep(pause)]);
  }
  await forget([note.id]);
}

/** Send what earlier pages left. @param {string} person */
export async function sendNotes(person) {
  const seal = await sealOf(person);
  if (!seal) return;
  for (const row of (await rowsOf("sealed_notes")).filter((one) => one.whose === seal.whose)) {
    const note = await openedJson(seal, row.sealed, `note ${row.id}`);
    try {
      if (note) await sendNote(note);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      console.info("a note was not taken:", error.status);
    }
  }
}
