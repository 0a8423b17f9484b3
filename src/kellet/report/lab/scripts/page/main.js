// The page: which view is seen, what changes when something is set, and what is said when something can't be.
{
  const built = {};
  let note, nav, main;

  // One friendly line; it goes when something is set.
  lab.note = function (words) {
    note.textContent = words;
    note.hidden = !words;
  };

  function build(view) {
    const controls = lab.element("div", { class: "controls", role: "group", "aria-label": lab.say("page.controls") });
    const stage = lab.element("div", { class: "stage" });
    const node = lab.element("section", { class: `view view-${view}`, "aria-labelledby": `title-${view}` },
      lab.element("h2", { id: `title-${view}`, class: "unseen" }, lab.say(`${view}.title`)),
      lab.element("p", { class: "question" }, lab.say(`${view}.lede`)),
      lab.element("div", { class: "columns" }, stage, controls));
    const copier = lab.copier();
    main.append(node);
    const one = lab.views[view];
    const parts = one.build(stage, { view, controls, change: (name, value) => lab.set({ [name]: value }) });
    const shown = lab.controls(view, controls, (name, value) => lab.set({ [name]: value }));
    controls.append(
      lab.element(
        "button",
        { type: "button", class: "reset", onclick: () => lab.set(lab.usual(view)) },
        lab.say("page.reset"),
      ),
    );
    node.append(copier.node);
    return { node, shown, copier, ...parts };
  }

  function draw() {
    const { view, settings } = lab.state;
    built[view].shown.show(settings[view]);
    built[view].draw(settings[view]);
    built[view].copier.set(lab.views[view].copy(settings[view]));
    lab.rememberSoon();
  }

  // Opens a view as it was left.
  lab.open = function (view) {
    if (lab.state.view && lab.state.view !== view) built[lab.state.view]?.leave?.();
    lab.state.view = view;
    built[view] ??= build(view);
    for (const [name, one] of Object.entries(built)) one.node.hidden = name !== view;
    for (const link of nav.children) link.setAttribute("aria-current", link.dataset.view === view ? "page" : "false");
    document.title = `${lab.say(`${view}.title`)} · ${lab.say("page.name")}`;
    draw();
  };

  // Opens a view with what is usual there, and these settings.
  lab.show = function (view, settings) {
    lab.state.settings[view] = { ...lab.usual(view), ...settings };
    lab.open(view);
  };

  // What a view that was opened is made of.
  lab.parts = (view) => built[view];

  // Sets some of what the view that is seen has.  What is out of range was clamped by whoever read it.
  lab.set = function (values) {
    const { view, settings } = lab.state;
    for (const field of lab.views[view].fields) {
      if (!(field.name in values)) continue;
      const value = lab.read(field, values[field.name]);
      if (value !== undefined) settings[view][field.name] = value;
    }
    lab.note("");
    draw();
  };

  function follow() {
    const { view, settings, faults } = lab.parse(location.hash.slice(1));
    lab.state.settings[view] = settings;
    lab.open(view);
    if (faults.length) lab.note(lab.say("page.link", { what: faults.slice(0, 3).join(", ") }));
  }

  lab.start = function () {
    note = document.getElementById("note");
    nav = document.getElementById("views");
    main = document.getElementById("stage");
    lab.settle();
    for (const view of Object.keys(lab.views)) {
      const go = (event) => {
        event.preventDefault();
        lab.note("");
        lab.remember(view);
        lab.open(view);
      };
      nav.append(lab.element("a", { href: `#view=${view}`, "data-view": view, onclick: go }, lab.say(`${view}.name`)));
    }
    const present = lab.element(
      "button",
      { type: "button", id: "present", onclick: lab.present },
      lab.say("present.enter"),
    );
    nav.after(present);
    addEventListener("hashchange", () => { if (location.hash.slice(1) !== lab.link()) follow(); });
    follow();
    document.documentElement.dataset.ready = "yes";
  };
}
