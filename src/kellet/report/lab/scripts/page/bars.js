// Bars, one a category: what is real as an outline, what the model writes inside it; the dead go out, and are named.
{
  lab.bars = function (place, names) {
    const rows = names.map((name) => {
      const real = lab.element("div", { class: "bar-real" }),
        now = lab.element("div", { class: "bar-now" });
      return {
        real,
        now,
        node: lab.element(
          "div",
          { class: "bar-row" },
          lab.element("span", { class: "bar-name" }, name),
          lab.element("div", { class: "bar-room" }, real, now),
        ),
      };
    });
    const box = lab.element("div", { class: "bar-rows", role: "img" }, ...rows.map((row) => row.node));
    const told = lab.element("p", { class: "told" });
    place.append(lab.element("div", { class: "chart-title", "aria-hidden": "true" }, lab.say("bars.title")), box, told);
    return {
      // truth, shares: of each category, 0 to 1; null where there is nothing yet.  final: whether nothing can come
      // back.
      set(truth, shares, final) {
        const most = Math.max(...truth, ...(shares ?? [])), dead = [];
        rows.forEach((row, i) => {
          row.real.style.width = `${100 * truth[i] / most}%`;
          row.now.style.width = shares ? `${100 * shares[i] / most}%` : "0";
          const gone = Boolean(shares) && !(shares[i] > 0);
          row.node.classList.toggle("dead", gone);
          if (gone) dead.push(names[i]);
        });
        const words = dead.length
          ? lab.say(final ? "bars.dead" : "bars.missing", { n: dead.length, all: names.length, names: dead.join(", ") })
          : lab.say("bars.alive", { all: names.length });
        told.textContent = words;
        box.setAttribute("aria-label", words);
      },
    };
  };
}
