// Bars, one a category: what is real as an outline, what the model writes inside it; the dead go out, and are named.
{
  lab.bars = function (place, names) {
    const columns = names.map((name) => {
      const real = lab.element("div", { class: "bar-real" }), now = lab.element("div", { class: "bar-now" });
      const label = lab.element("span", { class: "bar-name" }, name);
      return { real, now, label, node: lab.element("div", { class: "bar-column" }, lab.element("div", { class: "bar-room" }, real, now), label) };
    });
    const box = lab.element("div", { class: "bars", role: "img" }, ...columns.map((column) => column.node));
    const told = lab.element("p", { class: "told" });
    place.append(box, told);
    return {
      // truth, shares: of each category, 0 to 1; null where there is nothing yet.
      set(truth, shares) {
        const most = Math.max(...truth) * 1.5, dead = [];
        columns.forEach((column, i) => {
          column.real.style.height = `${100 * Math.min(1, truth[i] / most)}%`;
          column.now.style.height = shares ? `${100 * Math.min(1, shares[i] / most)}%` : "0";
          const gone = Boolean(shares) && !(shares[i] > 0);
          column.node.classList.toggle("dead", gone);
          if (gone) dead.push(names[i]);
        });
        const words = dead.length
          ? lab.say("bars.dead", { n: dead.length, all: names.length, names: dead.join(", ") })
          : lab.say("bars.alive", { all: names.length });
        told.textContent = words;
        box.setAttribute("aria-label", words);
      },
    };
  };
}
