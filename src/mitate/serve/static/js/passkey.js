// Passkeys (WebAuthn): making one and signing in by one. Bytes travel as base64url, as the server's JSON has them.
import { ApiError, api } from "./shell.js";

/** @param {string} text @returns {Uint8Array} */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer|null} buffer @returns {string|null} */
function text(buffer) {
  if (!buffer) return null;
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Whether this browser knows passkeys at all. @returns {boolean} */
export function possible() {
  return "PublicKeyCredential" in window && window.isSecureContext;
}

/** Make a passkey for the account that is signed in. @param {string} label */
export async function addPasskey(label) {
  const { id, options } = await api("POST", "/api/v1/passkeys/begin", {});
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  for (const one of options.excludeCredentials ?? []) one.id = bytes(one.id);
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey: options }));
  const credential = {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
  await api("POST", "/api/v1/passkeys", { id, credential, label });
}

/** Let a passkey answer what the server asks. @param {string} path where the answer goes */
async function answer(path) {
  const { id, options } = await api("POST", `${path}/begin`, {});
  options.challenge = bytes(options.challenge);
  for (const one of options.allowCredentials ?? []) one.id = bytes(one.id);
  const got = /** @type {any} */ (await navigator.credentials.get({ publicKey: options }));
  const credential = {
    id: got.id,
    rawId: text(got.rawId),
    type: got.type,
    response: {
      clientDataJSON: text(got.response.clientDataJSON),
      authenticatorData: text(got.response.authenticatorData),
      signature: text(got.response.signature),
      userHandle: text(got.response.userHandle),
    },
  };
  await api("POST", path, { id, credential });
}

/** Sign in by a passkey; the page to go to is the caller's. */
export function signInByPasskey() {
  return answer("/api/v1/sign-in/passkey");
}

/** Prove once more who uses this browser; the page to go to is the caller's. */
export function confirmByPasskey() {
  return answer("/api/v1/confirm/passkey");
}

/** @param {unknown} error the person closed the browser's question: no problem of ours */
function wasLeft(error) {
  if (error instanceof ApiError) return error.reason === "confirm"; // the page for that is on its way
  return error instanceof DOMException && ["AbortError", "NotAllowedError"].includes(error.name);
}

/** @param {HTMLElement} button @param {() => Promise<void>} work */
export function offer(button, work) {
  const problem = document.getElementById("passkey-problem");
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return; // a second press while the browser asks
    if (problem) problem.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      if (problem && !wasLeft(error)) problem.hidden = false;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

const add = document.getElementById("add-passkey");
if (add && possible()) {
  const none = document.getElementById("passkey-none");
  if (none) none.hidden = true;
  offer(add, async () => {
    history.replaceState(null, "", "#passkeys"); // where to come back to
    await addPasskey(add.dataset.label ?? "");
    location.reload();
  });
}
