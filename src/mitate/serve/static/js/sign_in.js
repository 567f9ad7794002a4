// Large keys for the PIN, and the passkey's button. Without scripts the form works as it stands.
import { announce } from "./shell.js";
import { forgetOld } from "./kept_rows.js";
import { offer, possible, signInByPasskey } from "./passkey.js";

const pad = document.getElementById("pin-pad");
const secret = /** @type {HTMLInputElement|null} */ (document.getElementById("secret"));
if (pad && secret) {
  pad.hidden = false;
  pad.addEventListener("click", (event) => {
    const key = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.key;
    if (!key) return;
    if (key === "back") secret.value = secret.value.slice(0, -1);
    else if (secret.value.length < 12) secret.value += key;
    announce(String(secret.value.length));
  });
}

const passkey = document.getElementById("passkey");
if (passkey && possible()) {
  offer(passkey, async () => {
    await signInByPasskey();
    location.assign(passkey.dataset.then ?? "/");
  });
}

void forgetOld();
