// What waits on this device of a person who is erased goes with her. What waits on other devices opens for
// nobody from then on (its key dies with hers), and is removed there within seven days.
import { idsOf } from "./kept.js";
import { forget } from "./kept_rows.js";

const ERASING = "erasing";

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-erases]"))) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return; // a second, impatient press
    form.dataset.sent = "yes"; // until the page is seen again (`shell.js`)
    // Whose they are can only be told while her key is there; they go once she is erased, not before.
    sessionStorage.setItem(ERASING, (await idsOf(form.dataset.erases ?? "")).join(" "));
    form.submit();
  });
}

if (document.querySelector("[data-erased]")) {
  await forget((sessionStorage.getItem(ERASING) ?? "").split(" ").filter(Boolean));
  sessionStorage.removeItem(ERASING);
}
