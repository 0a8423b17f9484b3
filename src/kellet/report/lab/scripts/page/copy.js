// The same as a command, as Python, as an experiment file.
{
  lab.copier = function () {
    const kinds = ["command", "python", "toml"];
    const text = lab.element("pre", { tabindex: "0", "aria-label": lab.say("copy.text") });
    const told = lab.element("span", { role: "status", class: "told" });
    let found = {},
      shown = "command";
    const tabs = kinds.map((kind) =>
      lab.element(
        "button",
        {
          type: "button",
          "data-copy": kind,
          "aria-pressed": "false",
          onclick: () => {
            shown = kind;
            show();
          },
        },
        lab.say(`copy.${kind}`),
      ),
    );

    function show() {
      for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.copy === shown));
      text.textContent = found[shown] ?? "";
      told.textContent = "";
    }

    async function copy(what) {
      try {
        await navigator.clipboard.writeText(what);
        told.textContent = lab.say("copy.done");
      } catch {
        // Files have no clipboard in some browsers: what is to be copied is selected.
        const range = document.createRange();
        range.selectNodeContents(text);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        told.textContent = lab.say("copy.selected");
      }
    }

    const node = lab.element(
      "section",
      { class: "copier", "aria-label": lab.say("copy.title") },
      lab.element(
        "div",
        { class: "row" },
        lab.element("b", {}, lab.say("copy.title")),
        ...tabs,
        lab.element(
          "button",
          { type: "button", class: "do-copy", onclick: () => copy(found[shown]) },
          lab.say("copy.copy"),
        ),
        lab.element(
          "button",
          {
            type: "button",
            class: "do-link",
            onclick: () => {
              lab.remember();
              copy(location.href);
            },
          },
          lab.say("copy.link"),
        ),
        told,
      ),
      text,
    );
    return {
      node,
      set(copies) {
        found = copies;
        show();
      },
    };
  };
}
