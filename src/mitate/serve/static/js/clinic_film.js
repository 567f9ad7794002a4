// A clinician films a patient on the patient's own page: its ways to another film lead back to the clinic's page.

const back = document.getElementById("clinic-film")?.dataset.back ?? "/clinic";

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest?.('a[href="/face"], a[href="/face/upload"]');
  if (!link) return;
  event.preventDefault();
  location.assign(back);
});
