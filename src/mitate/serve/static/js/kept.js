// Films kept on this device from their first second until the server has them whole, so that a reload, a crash
// or a lost network loses nothing. They lie here sealed (`seal.js`). Where nothing can be sealed, or the device
// has no room, they live as long as the page, and the page says so (`isKept`).
import { serverNow } from "./shell.js";
import { sealBefore } from "./kept_before.js";
import { everything, forget, forgetOld, partOf, put, rowsOf } from "./kept_rows.js";
import { opened, openedJson, sealOf, sealed, sealedJson } from "./seal.js";

/**
 * @typedef {object} Film
 * @property {string} id also the Idempotency-Key that the server knows it by
 * @property {string} person whose
 * @property {string} purpose which page made it: "face", "clinic", or "move CHECK MOVEMENT"
 * @property {Record<string, any>} facts what the server is told: instrument, context, weight_kg, movement, check
 * @property {string} type of the file
 * @property {string} at when it was begun by the server's clock as far as it is known, ISO 8601
 * @property {boolean} sure whether `at` is by the server's clock
 * @property {number} parts how many there are
 * @property {number} seconds recorded so far; 0 for a chosen file
 * @property {"recording"|"ready"|"sending"} state
 * @property {string|null} capture the server's id for it
 * @property {string|null} upload where its bytes go
 */

const PIECE_BYTES = 4 << 20;
const MOST_KEPT_BYTES = 256 << 20;
const RELOADED_MS = 1500;
/** @type {Map<string, Film>} */
const filmsHere = new Map();
/** @type {Map<string, Blob[]>} */
const partsHere = new Map();
/** Films of which this device lacks something. @type {Set<string>} */
const notKept = new Set();

/** A random id of 32 hexadecimal digits (also where `crypto.randomUUID` is refused: insecure contexts).
 *  @returns {string} */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/**
 * Begin to keep a film.
 * @param {{person: string, purpose: string, facts: Record<string, any>, type: string}} told
 * @returns {Promise<Film>}
 */
export async function beginFilm({ person, purpose, facts, type }) {
  await sealOf(person); // tells the server's time, too
  const now = serverNow();
  const at = new Date(now ?? Date.now()).toISOString();
  const begun = { id: newId(), person, purpose, facts, type, at, sure: now !== null, parts: 0, seconds: 0 };
  const film = /** @type {Film} */ ({ ...begun, state: "recording", capture: null, upload: null });
  await save(film);
  return film;
}

/** @param {Film} film @param {{number: number, sealed: Uint8Array}} [part] written with it, or neither */
async function save(film, part) {
  filmsHere.set(film.id, film);
  if (!isKept(film) && film.state === "sending") {
    await forget([film.id]); // a beginning alone must not be sent for the whole after a reload
    return false;
  }
  const seal = await sealOf(film.person);
  const row = seal && {
    ...{ id: film.id, mark: seal.mark, whose: seal.whose, at: film.at },
    sealed: await sealedJson(seal, film, `film ${film.id}`),
  };
  const rows = { sealed_films: [row], ...(part && { sealed_parts: [{ film: film.id, ...part }] }) };
  const kept = row !== null && (await put(rows));
  if (!kept) notKept.add(film.id);
  return kept;
}

/** Whether all of a film is kept on this device; otherwise it lives as long as the page. @param {Film} film */
export function isKept(film) {
  return !notKept.has(film.id);
}

/** Change facts of a film and keep them. @param {Film} film @param {Partial<Film>} changes */
export async function changeFilm(film, changes) {
  Object.assign(film, changes);
  await save(film);
}

/**
 * Keep the next part. A full device does not stop the recording: the part then lives in the page.
 * @param {Film} film @param {Blob} part @param {number} seconds recorded so far
 * @returns {Promise<boolean>} whether the device has it
 */
export async function addPart(film, part, seconds) {
  const number = film.parts;
  film.parts += 1;
  film.seconds = seconds;
  const here = partsHere.get(film.id) ?? [];
  here[number] = part;
  partsHere.set(film.id, here);
  const seal = isKept(film) ? await sealOf(film.person) : null;
  if (!seal) {
    notKept.add(film.id); // without one part the later ones are of no use
    return false;
  }
  return save(film, { number, sealed: await sealed(seal, await part.arrayBuffer(), `film ${film.id} part ${number}`) });
}

/** Keep a chosen file, piece by piece; one that is very large stays where it is. @param {Film} film @param {Blob} file */
export async function addFile(film, file) {
  if (file.size > MOST_KEPT_BYTES) notKept.add(film.id);
  for (let from = 0; from < file.size; from += PIECE_BYTES) {
    await addPart(film, file.slice(from, from + PIECE_BYTES), film.seconds);
  }
}

/** The whole film. @param {Film} film @returns {Promise<Blob>} */
export async function blobOf(film) {
  const here = partsHere.get(film.id) ?? [];
  const parts = [];
  for (let number = 0; number < film.parts; number += 1) {
    const part = here[number] ?? (await storedPart(film, number));
    if (!part) break; // killed while it was written: what comes before it is whole
    parts.push(part);
  }
  return new Blob(parts, { type: film.type });
}

async function storedPart(film, number) {
  const [seal, whole] = [await sealOf(film.person), await partOf(film.id, number)];
  return seal && whole && opened(seal, whole, `film ${film.id} part ${number}`);
}

/** Whether a film is neither in this page nor on this device any more. @param {Film} film */
export async function isGone(film) {
  return !partsHere.has(film.id) && !(await rowsOf("sealed_films")).some((row) => row.id === film.id);
}

/** A person's films on this device, the newest first; those of more than a week ago are forgotten.
 *  @param {string} person @param {string} [purpose] @returns {Promise<Film[]>} */
export async function filmsOf(person, purpose) {
  await sealBefore(person);
  await forgetOld();
  const seal = await sealOf(person);
  const own = seal ? (await rowsOf("sealed_films")).filter((row) => row.whose === seal.whose) : [];
  for (const row of own) {
    const film = seal && !filmsHere.has(row.id) ? await openedJson(seal, row.sealed, `film ${row.id}`) : null;
    if (film) filmsHere.set(row.id, film);
  }
  return [...filmsHere.values()]
    .filter((film) => film.person === person && (purpose === undefined || film.purpose === purpose))
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

/** Delete a film from this device. @param {Film} film */
export async function forgetFilm(film) {
  filmsHere.delete(film.id);
  partsHere.delete(film.id);
  notKept.delete(film.id);
  try {
    await forget([film.id]);
  } catch (error) {
    // Safari drops the database at times: what stays is sealed, not sent again, and forgotten in a week.
    console.info("not removed from this device:", error instanceof Error ? error.name : "");
  }
}

/** Hold a film while it is recorded, so that no other tab takes it for one that was cut short.
 *  @param {Film} film @returns {() => void} lets it go */
export function holdFilm(film) {
  let letGo = () => undefined;
  const held = new Promise((done) => (letGo = () => done(undefined)));
  void navigator.locks?.request(`recording-${film.id}`, () => held);
  return letGo;
}

/** Whether another tab is recording this film now (a page that is being closed lets go within a moment).
 *  @param {Film} film @returns {Promise<boolean>} */
async function isRecorded(film) {
  if (film.state !== "recording" || !navigator.locks) return false;
  const patience = new AbortController(); // AbortSignal.timeout: not before iOS 16
  setTimeout(() => patience.abort(), RELOADED_MS);
  try {
    await navigator.locks.request(`recording-${film.id}`, { signal: patience.signal }, () => undefined);
    return false;
  } catch {
    return true;
  }
}

/**
 * A film as it lies here once no tab records it; null while one does, and where it is gone. One that ended while
 * this one waited is no longer what it was.
 * @param {Film} film @returns {Promise<Film|null>}
 */
export async function settled(film) {
  if (film.state !== "recording") return film;
  if (await isRecorded(film)) return null;
  filmsHere.delete(film.id); // to be read anew
  return (await filmsOf(film.person, film.purpose)).find((one) => one.id === film.id) ?? null;
}

/**
 * What an earlier page left of a purpose: one that was cut short counts where it is long enough, and is
 * forgotten where it is not; one that another tab is recording is left alone.
 * @param {string} person @param {string} purpose @param {number} least seconds
 * @returns {Promise<Film|null>}
 */
export async function leftOver(person, purpose, least) {
  for (const seen of await filmsOf(person, purpose)) {
    const film = await settled(seen);
    if (!film) continue;
    if (film.state === "sending") return film;
    const chosen = film.state === "ready" && !film.seconds;
    if (!chosen && film.seconds < least) {
      await forgetFilm(film);
      continue;
    }
    if (film.state === "recording") await changeFilm(film, { state: "ready" });
    return film;
  }
  return null;
}

/** Ids of everything of a person that this account keeps on this device. @param {string} person */
export async function idsOf(person) {
  const seal = await sealOf(person);
  return seal ? (await everything()).filter((row) => row.whose === seal.whose).map((row) => row.id) : [];
}
