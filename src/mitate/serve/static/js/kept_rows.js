// The rows of what waits on this device (IndexedDB). What lies in them is sealed; in the clear stand only random
// ids, signs of whose it is that tell nothing else, the day's time, and how many parts there are.
import { remember, serverNow } from "./shell.js";

/**
 * @typedef {object} Row
 * @property {string} id random
 * @property {string} mark of the account
 * @property {string} whose of the account and the person
 * @property {string} at when it was begun, ISO 8601
 * @property {Uint8Array} sealed
 */

const KEPT_DAYS = 7;
/** @type {Promise<IDBDatabase|null>|null} */
let opening = null;

/** The database; null where the browser keeps nothing. @returns {Promise<IDBDatabase|null>} */
export function database() {
  opening ??= new Promise((done) => {
    if (!("indexedDB" in window)) return done(null);
    let asked;
    try {
      asked = indexedDB.open("mitate", 2);
    } catch {
      return done(null); // forbidden here: things live as long as the page
    }
    asked.onupgradeneeded = (event) => {
      const made = asked.result;
      // "films" and "parts" of version 1 were not sealed: `kept_before.js` sees to what is left in them.
      if (event.oldVersion > 0 && event.oldVersion < 2) remember("kept-before", "1");
      made.createObjectStore("sealed_films", { keyPath: "id" });
      made.createObjectStore("sealed_parts", { keyPath: ["film", "number"] });
      made.createObjectStore("sealed_notes", { keyPath: "id" });
    };
    asked.onsuccess = () => {
      // A newer page in another tab: let it go on, and keep nothing more here.
      asked.result.onversionchange = () => asked.result.close();
      // Safari drops it under a page that lay in the background: it is opened anew.
      asked.result.onclose = () => (opening = null);
      done(asked.result);
    };
    asked.onerror = () => done(null);
    asked.onblocked = () => done(null);
  });
  return opening;
}

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
export function answer(asked) {
  return new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
export function written(transaction) {
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

/**
 * Write rows; a full device keeps none of them.
 * @param {Record<string, any[]>} rows by store @returns {Promise<boolean>} whether the device has them
 */
export async function put(rows) {
  const here = await database();
  if (!here) return false;
  try {
    const transaction = here.transaction(Object.keys(rows), "readwrite");
    for (const [store, all] of Object.entries(rows)) for (const row of all) transaction.objectStore(store).put(row);
    await written(transaction);
    return true;
  } catch (error) {
    console.info("not kept on this device:", error instanceof Error ? error.name : "");
    return false;
  }
}

/** @param {"sealed_films"|"sealed_notes"} store @returns {Promise<Row[]>} */
export async function rowsOf(store) {
  const here = await database();
  return here ? answer(here.transaction(store).objectStore(store).getAll()) : [];
}

/** The sealed part of a film; null where there is none. @param {string} film @param {number} number */
export async function partOf(film, number) {
  const here = await database();
  const found = here && (await answer(here.transaction("sealed_parts").objectStore("sealed_parts").get([film, number])));
  return found?.sealed ?? null;
}

/** Delete films with their parts, and notes. @param {string[]} ids */
export async function forget(ids) {
  const here = await database();
  if (!here || !ids.length) return;
  const transaction = here.transaction(["sealed_films", "sealed_parts", "sealed_notes"], "readwrite");
  for (const id of ids) {
    transaction.objectStore("sealed_films").delete(id);
    transaction.objectStore("sealed_notes").delete(id);
    transaction.objectStore("sealed_parts").delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
  }
  await written(transaction);
}

/** Everything in the clear of what waits here. @returns {Promise<Row[]>} */
export async function everything() {
  return [...(await rowsOf("sealed_films")), ...(await rowsOf("sealed_notes"))];
}

/** Forget what is of more than a week ago (or from now, by a clock that was wrong), whosever it is. */
export async function forgetOld() {
  const far = (/** @type {Row} */ row) => Math.abs((serverNow() ?? Date.now()) - Date.parse(row.at)) > KEPT_DAYS * 86400e3;
  await forget((await everything()).filter(far).map((row) => row.id));
}
