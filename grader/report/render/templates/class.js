"use strict";
(() => {
  const table = document.getElementById("class");
  const body = table.tBodies[0];
  const controls = document.getElementById("controls");
  const found = document.getElementById("found");
  const search = document.getElementById("search");
  const selects = [...controls.querySelectorAll("select")];
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    name: row.cells[0].textContent.trim(),
    score: row.dataset.score === "" ? -1 : Number(row.dataset.score),
    state: Number(row.dataset.order),
    noted: (row.dataset.flags.match(/\S+/g) || []).length,
    advice: row.cells[4].textContent.trim(),
  }));
  const compareText = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.filter((item) => item.value !== "").map((item) => [item.dataset.key, item.value]);
    let shown = 0;
    for (const { row, text } of rows) {
      const fits = words.every((word) => text.includes(word))
        && wanted.every(([key, value]) => row.dataset[key].split(" ").includes(value));
      row.hidden = !fits;
      shown += fits;
    }
    found.textContent = shown === rows.length ? `All ${shown} submissions` : `${shown} of ${rows.length} submissions`;
  }

  function sort(head, key) {
    const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    rows.sort((one, two) => direction * (typeof one[key] === "number" ? one[key] - two[key] : compareText(one[key], two[key]))
      || compareText(one.name, two.name));
    body.append(...rows.map((item) => item.row));
  }

  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, head.dataset.key));
    head.append(button);
  }
  search.addEventListener("input", filter);
  for (const select of selects) select.addEventListener("change", filter);
  const reset = () => {
    search.value = "";
    for (const select of selects) select.value = "";
  };
  document.getElementById("reset").addEventListener("click", () => { reset(); filter(); search.focus(); });
  for (const button of document.querySelectorAll("button[data-show]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      reset();
      selects.find((item) => item.dataset.key === button.dataset.key).value = button.dataset.show;
      filter();
      const title = document.getElementById("submissions");
      title.scrollIntoView();
      title.focus({ preventScroll: true });
    });
  }
  controls.hidden = false;
  filter();  // a browser may have kept what was typed before a reload
})();
