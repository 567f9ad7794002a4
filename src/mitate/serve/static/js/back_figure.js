// A button that stops the drawn figures and lets them move again (WCAG 2.2.2).
const told = /** @type {HTMLElement|null} */ (document.querySelector("script[data-pause]"))?.dataset;
const figure = document.querySelector(".fig[role=img]");

if (told && figure && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "text-button fig-pause";
  button.textContent = told.pause ?? "";
  button.addEventListener("click", () => {
    const paused = document.body.classList.toggle("figures-paused");
    button.textContent = (paused ? told.play : told.pause) ?? "";
  });
  figure.after(button);
}
