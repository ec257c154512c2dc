"use strict";
(() => {
  const outputs = [...document.querySelectorAll("details")];
  const button = document.getElementById("open-all");
  if (button !== null && outputs.length > 0) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(open));
      outputs.forEach((item) => { item.open = open; });
    });
  }
  // Paper has nothing to click on.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = outputs.filter((item) => !item.open);
    closed.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((item) => { item.open = false; }));
})();
