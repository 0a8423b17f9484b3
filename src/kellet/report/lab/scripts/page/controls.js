// Controls of a view, made from its fields: a label, a slider or buttons, and what it stands at.
{
  const STEPS = 300;
  let made = 0;

  // A slider's position, 0 to STEPS, and the value there.  "log": each step multiplies; a field whose range begins at 0
  // has 0 as its first position.
  const positions = {
    linear: {
      at: (field, value) => STEPS * (value - field.from) / (field.to - field.from),
      value: (field, at) => field.from + (field.to - field.from) * at / STEPS,
    },
    log: {
      at: (field, value) => {
        const low = Math.max(field.from, field.least ?? 1), zero = field.from === 0 ? 15 : 0;
        if (value < low) return 0;
        return zero + (STEPS - zero) * Math.log(value / low) / Math.log(field.to / low);
      },
      value: (field, at) => {
        const low = Math.max(field.from, field.least ?? 1), zero = field.from === 0 ? 15 : 0;
        if (at < zero) return 0;
        const exact = low * (field.to / low) ** ((at - zero) / (STEPS - zero));
        return field.whole === false
          ? Number(exact.toPrecision(2))
          : exact < 20
            ? Math.round(exact)
            : Number(exact.toPrecision(2));
      },
    },
  };

  function slider(view, field, id, change) {
    const scale = positions[field.scale ?? "linear"];
    const told = lab.element("output", { for: id, class: "value" });
    const input = lab.element("input", { type: "range", id, min: 0, max: STEPS, step: 1, "data-field": field.name });
    const exact = lab.element("input", {
      type: "text",
      inputmode: "decimal",
      class: "exact",
      "aria-label": lab.say("page.exactly", { what: lab.say(`${view}.${field.name}`) }),
    });
    let now = field.value;
    input.addEventListener("input", () => {
      let value = lab.read(field, scale.value(field, Number(input.value)));
      // A step of the keyboard always changes something, where values are whole.
      if (value === now) value = lab.read(field, now + Math.sign(Number(input.value) - scale.at(field, now)));
      change(value);
    });
    exact.addEventListener("change", () => {
      const typed = exact.value.replaceAll(",", ""), value = lab.read(field, typed);
      change(value ?? now);
      if (value === undefined) lab.note(lab.say("page.nonsense", { what: typed.slice(0, 40) }));
      else if (value !== Number(typed))
        lab.note(lab.say("page.range", { from: lab.number(field.from), to: lab.number(field.to) }));
    });
    const marks = (field.marks ?? []).map((value) =>
      lab.element(
        "button",
        {
          type: "button",
          class: "mark",
          onclick: () => change(value),
          style: `left:${(100 * scale.at(field, value)) / STEPS}%`,
        },
        lab.number(value),
      ),
    );
    return {
      node: lab.element(
        "div",
        { class: "field" },
        lab.element(
          "div",
          { class: "head" },
          lab.element("label", { for: id }, lab.say(`${view}.${field.name}`)),
          told,
          exact,
        ),
        input,
        marks.length ? lab.element("div", { class: "marks" }, ...marks) : null,
      ),
      show(value) {
        now = value;
        const at = scale.at(field, value);
        if (Math.abs(Number(input.value) - at) >= 1 || value <= field.from || value >= field.to) input.value = at;
        const words = field.percent ? lab.percent(value) : lab.number(value);
        input.setAttribute("aria-valuetext", words);
        exact.value =
          Number.isInteger(value) && value < 1e6
            ? String(value)
            : value >= 1e6
              ? value.toExponential().replace("e+", "e")
              : String(value);
        told.textContent = field.percent || value >= 1e6 ? words : "";
      },
    };
  }

  function choice(view, field, id, change) {
    const buttons = field.options.map((option) =>
      lab.element(
        "label",
        { class: "option" },
        lab.element("input", {
          type: "radio",
          name: id,
          value: option,
          "data-field": field.name,
          onchange: () => change(option),
        }),
        lab.element("span", {}, lab.say(`${view}.options.${field.name}.${option}`)),
      ),
    );
    return {
      node: lab.element(
        "fieldset",
        { class: "field choice" },
        lab.element("legend", {}, lab.say(`${view}.${field.name}`)),
        lab.element("div", { class: "options" }, ...buttons),
      ),
      show(value) {
        for (const button of buttons) button.firstChild.checked = button.firstChild.value === value;
      },
    };
  }

  function toggle(view, field, id, change) {
    const input = lab.element("input", {
      type: "checkbox",
      id,
      "data-field": field.name,
      onchange: () => change(input.checked),
    });
    return {
      node: lab.element(
        "div",
        { class: "field switch" },
        input,
        lab.element("label", { for: id }, lab.say(`${view}.${field.name}`)),
      ),
      show(value) {
        input.checked = value;
      },
    };
  }

  const makers = { number: slider, choice, switch: toggle };

  // All of a view's controls, but those that the view makes itself (text, and what has hidden: true).
  lab.controls = function (view, place, change) {
    const shown = lab.views[view].fields.filter((field) => makers[field.kind] && !field.hidden).map((field) => {
      const one = makers[field.kind](view, field, `field-${made += 1}`, (value) => change(field.name, value));
      place.append(one.node);
      return [field, one];
    });
    return {
      show(settings) {
        for (const [field, one] of shown) {
          one.show(settings[field.name]);
          one.node.hidden = field.when ? !field.when(settings) : false;
        }
      },
    };
  };
}
