"use strict";
for (const section of document.querySelectorAll("[data-searched]")) {
  const place = section.querySelector(".search"), input = place.querySelector("input"), told = place.querySelector("output");
  const rows = [...section.querySelectorAll("[data-row], .keys tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
  place.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase();
    let found = 0;
    for (const [row, text] of rows) {
      row.hidden = !text.includes(words);
      found += !row.hidden;
    }
    if (words) for (const fold of section.querySelectorAll("details.look")) fold.open = true;
    told.textContent = words ? `${found} of ${rows.length}` : "";
  });
}
