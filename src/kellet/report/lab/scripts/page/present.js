// A lecture of a quarter of an hour: one idea a slide, each of them a view with its settings; arrows turn the pages.
{
  // Words: present.slides.NAME.title, .text and .notes.  play: begins by itself, so many generations a second.
  const SLIDES = [
    { name: "begin", view: "loop", settings: { size: 20, generations: 100 } },
    { name: "again", view: "loop", settings: { size: 20, generations: 100 }, play: 10 },
    { name: "rare", view: "loop", settings: { family: "categories", size: 40, generations: 100 }, play: 10 },
    { name: "bigger", view: "loop", settings: { size: 1000, generations: 1000 }, play: 50 },
    { name: "guess", view: "guess", settings: {} },
    { name: "one", view: "loop", settings: { size: 20, real: 1, generations: 100 }, play: 10 },
    { name: "tails", view: "loop", settings: { family: "categories", size: 40, real: 1, generations: 100 }, play: 10 },
    { name: "fixed", view: "loop", settings: { size: 20, real: 3, source: "fixed", generations: 100 }, play: 10 },
    { name: "keep", view: "loop", settings: { size: 20, regime: "accumulate", generations: 100 }, play: 10 },
    { name: "digits", view: "digits", settings: {}, play: 10 },
    { name: "words", view: "words", settings: {}, play: 2 },
    { name: "web", view: "web", settings: {}, play: 1 },
    { name: "much", view: "plan", settings: {} },
    { name: "end", view: "loop", settings: { size: 100, real: 10, generations: 1000 }, play: 50 },
  ];
  const FORWARD = ["ArrowRight", "ArrowDown", "PageDown"], BACK = ["ArrowLeft", "ArrowUp", "PageUp"];
  let at = -1, made = null;

  const slides = () => SLIDES.filter((slide) => Object.hasOwn(lab.views, slide.view));

  function make() {
    const title = lab.element("h2", { id: "slide-title" }), text = lab.element("p", { class: "slide-text" });
    const notes = lab.element("aside", { class: "slide-notes", "aria-label": lab.say("present.notes"), hidden: true });
    const count = lab.element("span", { class: "told" });
    const press = (words, act) => lab.element("button", { type: "button", onclick: act }, lab.say(`present.${words}`));
    const bar = lab.element(
      "div",
      { class: "slide-bar" },
      press("back", () => turn(-1)),
      count,
      press("forward", () => turn(1)),
      press("notes", () => {
        notes.hidden = !notes.hidden;
      }),
      press("controls", setControls),
      press("leave", leave),
    );
    const head = lab.element(
      "section",
      { class: "slide", "aria-labelledby": "slide-title", "aria-live": "polite" },
      title,
      text,
    );
    document.getElementById("stage").before(head);
    document.getElementById("stage").after(notes, bar);
    return { title, text, notes, count, nodes: [head, notes, bar] };
  }

  function show(n) {
    const all = slides();
    at = Math.max(0, Math.min(all.length - 1, n));
    const { name, view, settings, play } = all[at];
    for (const part of ["title", "text", "notes"]) made[part].textContent = lab.say(`present.slides.${name}.${part}`);
    made.count.textContent = lab.say("present.count", { n: at + 1, all: all.length });
    lab.show(view, settings);
    const player = lab.parts(view).player;
    player?.to(0);
    if (play) player.play(play);
    scrollTo(0, 0);
  }

  const turn = (by) => show(at + by);
  const setControls = () => document.documentElement.classList.toggle("setting");

  lab.present = function () {
    made ??= make();
    for (const node of made.nodes) if (node !== made.notes) node.hidden = false;
    document.documentElement.classList.add("presenting");
    // Where a page may not fill the screen, it is shown in its window.
    document.documentElement.requestFullscreen?.().catch(() => {});
    show(Math.max(at, 0));
  };

  function leave() {
    document.documentElement.classList.remove("presenting", "setting");
    for (const node of made.nodes) node.hidden = true;
    if (document.fullscreenElement) document.exitFullscreen();
    document.getElementById("present").focus();
  }

  addEventListener("keydown", (event) => {
    if (!document.documentElement.classList.contains("presenting")) return;
    // In a slider or a text arrows are its own.
    const own = event.target.matches?.("input, select, textarea, [role=slider]");
    if (event.key === "Escape") leave();
    else if (own) return;
    else if (FORWARD.includes(event.key)) turn(1);
    else if (BACK.includes(event.key)) turn(-1);
    else if (event.key.toLowerCase() === "c") setControls();
    else if (event.key.toLowerCase() === "n") made.notes.hidden = !made.notes.hidden;
    else return;
    event.preventDefault();
  });
}
