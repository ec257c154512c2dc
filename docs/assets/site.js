// What the theme leaves out for those who use the keyboard or a screen reader.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const code of document.querySelectorAll("pre > code")) {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  }
  const seen = new Map();
  for (const nav of document.querySelectorAll("nav")) {
    const label = nav.getAttribute("aria-label") ?? "";
    const number = (seen.get(label) ?? 0) + 1;
    seen.set(label, number);
    if (number > 1) nav.setAttribute("aria-label", `${label} ${number}`.trim());
  }
});
