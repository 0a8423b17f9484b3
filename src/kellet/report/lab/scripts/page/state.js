// What is set, view by view.  The link is the state: whoever opens it sees the same.
{
  const state = { view: null, settings: {} };
  lab.state = state;
  lab.views = {};
  const MOST_LETTERS = 6000, REST = 100;

  lab.usual = (view) => Object.fromEntries(lab.views[view].fields.map((field) => [field.name, field.value]));

  // A value as the field can have it; undefined where it is none.
  lab.read = function (field, raw) {
    if (field.kind === "switch")
      return raw === true || raw === "yes" ? true : raw === false || raw === "no" ? false : undefined;
    if (field.kind === "choice") return field.options.includes(raw) ? raw : undefined;
    if (field.kind === "text") return typeof raw === "string" && raw.length <= (field.most ?? 2000) ? raw : undefined;
    const text = String(raw).trim();
    const value = text === "" ? NaN : Number(text);
    if (!Number.isFinite(value)) return undefined;
    const whole = field.whole === false ? value : Math.round(value);
    return Math.min(field.to, Math.max(field.from, whole));
  };

  const write = (value) => (value === true ? "yes" : value === false ? "no" : String(value));

  // The part of the address after #; only what is not usual is said.
  lab.link = function (view = state.view, settings = state.settings[view]) {
    const told = new URLSearchParams({ view });
    for (const field of lab.views[view].fields) {
      if (settings[field.name] !== field.value) told.set(field.name, write(settings[field.name]));
    }
    return told.toString();
  };

  // What an address says: {view, settings, faults}; what can't be is left out and named.
  lab.parse = function (fragment) {
    const faults = [];
    const told = new URLSearchParams(fragment.slice(0, MOST_LETTERS));
    const first = Object.keys(lab.views)[0];
    let view = told.get("view") ?? first;
    if (!Object.hasOwn(lab.views, view)) {
      faults.push(`view=${view}`);
      view = first;
    }
    const settings = lab.usual(view);
    for (const [name, raw] of told) {
      if (name === "view") continue;
      const field = lab.views[view].fields.find((one) => one.name === name);
      const value = field && lab.read(field, raw);
      if (value === undefined || (field.kind === "number" && value !== Number(raw))) faults.push(`${name}=${raw}`);
      if (value !== undefined) settings[name] = value;
    }
    return { view, settings, faults: faults.map((fault) => fault.slice(0, 60)) };
  };

  lab.settle = function () {
    for (const view of Object.keys(lab.views)) state.settings[view] ??= lab.usual(view);
  };

  // Some browsers keep no history for files, or few entries a minute; the page works without.
  // next: a view that is gone to, from which Back returns to this one.
  lab.remember = function (next = null) {
    clearTimeout(lab.unsaved);
    lab.unsaved = 0;
    try {
      history.replaceState(null, "", `#${lab.link()}`);
      if (next && next !== state.view) history.pushState(null, "", `#${lab.link(next)}`);
    } catch { /* nothing is lost */ }
  };

  // An address costs as much as a frame: it is written once a control rests.
  lab.rememberSoon = function () {
    clearTimeout(lab.unsaved);
    lab.unsaved = setTimeout(() => lab.remember(), REST);
  };
}
