// Small things of the clinic's pages: the other cause only where it is asked for, and a drawing to be enlarged.

for (const form of document.querySelectorAll("[data-correction]")) {
  const instead = /** @type {HTMLElement|null} */ (form.querySelector("[data-instead]"));
  const shown = () => {
    const chosen = /** @type {HTMLInputElement|null} */ (form.querySelector('[name="verdict"]:checked'));
    if (instead) instead.hidden = chosen?.value !== "wrong";
  };
  form.addEventListener("change", shown);
  shown();
}

for (const box of document.querySelectorAll("[data-zoom]")) {
  const picture = /** @type {HTMLElement|null} */ (box.querySelector("[data-zoomable]"));
  let size = 60;
  for (const button of box.querySelectorAll("[data-zoom-by]")) {
    button.addEventListener("click", () => {
      size = Math.max(20, Math.min(240, size * Number(button.getAttribute("data-zoom-by"))));
      if (picture) picture.style.width = `${size}rem`;
    });
  }
}

for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  form.addEventListener("change", () => /** @type {HTMLFormElement} */ (form).requestSubmit());
}

if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), 2500);
