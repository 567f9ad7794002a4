// Signing in, and confirming it later: large keys for the PIN, and the passkey's button. Without scripts the
// forms work as they stand.
import { announce, facts, fill } from "./shell.js";
import { forgetOld } from "./kept_rows.js";
import { confirmByPasskey, offer, possible, signInByPasskey } from "./passkey.js";

const words = facts("shell-words");
const pad = document.getElementById("pin-pad");
const secret = /** @type {HTMLInputElement|null} */ (document.getElementById("secret"));
if (pad && secret) {
  pad.hidden = false;
  pad.addEventListener("click", (event) => {
    const key = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.key;
    if (!key) return;
    if (key === "back") secret.value = secret.value.slice(0, -1);
    else if (secret.value.length < 12) secret.value += key;
    announce(fill(words.typed, { n: secret.value.length })); // a bare number would sound like a digit
  });
}

for (const [id, prove] of /** @type {const} */ ([["passkey", signInByPasskey], ["confirm-passkey", confirmByPasskey]])) {
  const button = document.getElementById(id);
  if (!button || !possible()) continue;
  offer(button, async () => {
    await prove();
    location.assign(button.dataset.then ?? "/");
  });
}

void forgetOld();
