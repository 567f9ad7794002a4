// Sealing what waits on this device: AES-256-GCM (NIST SP 800-38D) by a key that the server hands to the
// signed-in browser. It lives in this page's memory only, so that what lies on the device opens for nobody who
// is not signed in: not for whoever finds the phone, not for another account of it.
import { ApiError, api } from "./shell.js";

const NONCE_BYTES = 12;

/**
 * @typedef {object} Seal
 * @property {CryptoKey} key that no script can read
 * @property {string} mark of the account, to count its things by
 * @property {string} whose of the account and the person, to find them by
 */

/** @type {Map<string, Promise<Seal|null>>} */
const seals = new Map();

/** Whether anything can be sealed here: on plain http browsers have no cryptography for pages. @returns {boolean} */
export function canSeal() {
  return window.isSecureContext && Boolean(globalThis.crypto?.subtle) && "indexedDB" in window;
}

/**
 * The key for a person's things; null where nothing can be sealed, or the server does not give it now: then
 * nothing is kept, and it is asked for again the next time.
 * @param {string} person @returns {Promise<Seal|null>}
 */
export function sealOf(person) {
  if (!canSeal()) return Promise.resolve(null);
  let seal = seals.get(person);
  if (!seal) {
    seal = ask(person);
    seals.set(person, seal);
    void seal.then((found) => found ?? seals.delete(person));
  }
  return seal;
}

async function ask(person) {
  let told;
  try {
    told = await api("GET", `/api/v1/people/${person}/device-key`, undefined, { tries: 2 });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return null;
  }
  const raw = Uint8Array.from(atob(told.key), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { key, mark: told.mark, whose: told.whose };
}

/**
 * Nonce (random, so never the same twice), then ciphertext and tag. Opens only with the same `about`.
 * @param {Seal} seal @param {BufferSource} content @param {string} about @returns {Promise<Uint8Array>}
 */
export async function sealed(seal, content, about) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const made = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(about) }, seal.key, content);
  const whole = new Uint8Array(NONCE_BYTES + made.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(made), NONCE_BYTES);
  return whole;
}

/**
 * What was sealed; null where it was changed, or is of another key or about something else.
 * @param {Seal} seal @param {Uint8Array} whole @param {string} about @returns {Promise<ArrayBuffer|null>}
 */
export async function opened(seal, whole, about) {
  const algorithm = { name: "AES-GCM", iv: whole.subarray(0, NONCE_BYTES), additionalData: bytes(about) };
  try {
    return await crypto.subtle.decrypt(algorithm, seal.key, whole.subarray(NONCE_BYTES));
  } catch {
    return null;
  }
}

/** @param {Seal} seal @param {any} value @param {string} about */
export function sealedJson(seal, value, about) {
  return sealed(seal, bytes(JSON.stringify(value)), about);
}

/** @param {Seal} seal @param {Uint8Array} whole @param {string} about @returns {Promise<any>} null as `opened` */
export async function openedJson(seal, whole, about) {
  const content = await opened(seal, whole, about);
  return content && JSON.parse(new TextDecoder().decode(content));
}

function bytes(text) {
  return new TextEncoder().encode(text);
}
