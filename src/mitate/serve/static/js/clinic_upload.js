// A film that a clinician sends for a patient: as the patient's own page sends it, in parts that go on after a
// lost network.

import { announce, facts } from "./shell.js";
import { telling, upload } from "./upload.js";

const words = facts("clinic-words");

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("[data-upload]"))) {
  const told = /** @type {HTMLElement} */ (form.querySelector("[data-upload-told]"));
  const box = /** @type {HTMLElement} */ (form.querySelector("[data-upload-progress]"));
  const bar = /** @type {HTMLProgressElement} */ (box.querySelector("progress"));
  form.addEventListener("submit", async (event) => {
    // with help: on to the camera, as the form itself says
    if (event.submitter?.hasAttribute("data-here")) {
      /** @type {HTMLInputElement} */ (form.querySelector('[type="file"]')).disabled = true;
      return;
    }
    event.preventDefault();
    const given = new FormData(form);
    const film = given.get("film");
    const text = String(given.get("weight_kg") ?? "").normalize("NFKC").replace(",", ".").trim();
    const weight = /** @type {HTMLInputElement} */ (form.querySelector('[name="weight_kg"]'));
    const wrong = text !== "" && !(Number(text) >= 20 && Number(text) <= 300);
    weight.setAttribute("aria-invalid", String(wrong));
    weight.setAttribute("aria-describedby", wrong ? `weight-unit ${told.id}` : "weight-unit");
    told.textContent = wrong ? words.not_kg : "";
    if (wrong) return weight.focus();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    button.disabled = true;
    box.hidden = false;
    try {
      const said = { instrument: "edema", context: String(given.get("context")), ...(text ? { weight_kg: Number(text) } : {}) };
      const onProgress = telling(told, bar);
      const person = form.dataset.person ?? "";
      const capture = await upload({ person, blob: /** @type {File} */ (film), purpose: "clinic", facts: said, onProgress });
      told.textContent = words.sent;
      location.assign(`/clinic/captures/${capture}`);
    } catch (error) {
      told.textContent = error instanceof Error ? error.message : String(error);
      announce(told.textContent, true);
      button.disabled = false;
      box.hidden = true;
    }
  });
}
