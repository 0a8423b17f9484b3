// Play, pause, step, speed: which generation is looked at.
{
  const SPEEDS = [1, 2, 5, 10, 20, 50];

  // last: the last generation.  show(generation): draws it.  unit: what one step is called.
  // Returns {node, to(g), last(n), play(rate), pause(), at}.
  lab.player = function ({ last, show, speed = 10, unit = "generation" }) {
    let at = 0,
      end = last,
      playing = false,
      since = 0,
      rate = speed;
    const id = `player-${(lab.player.made = (lab.player.made ?? 0) + 1)}`;
    const button = lab.element("button", {
      type: "button",
      class: "play",
      onclick: () => (playing ? pause() : play()),
    });
    const step = lab.element(
      "button",
      {
        type: "button",
        class: "step",
        onclick: () => {
          pause();
          to(at + 1);
        },
      },
      lab.say("player.step"),
    );
    const back = lab.element(
      "button",
      {
        type: "button",
        class: "back",
        onclick: () => {
          pause();
          to(0);
        },
      },
      lab.say("player.back"),
    );
    const slider = lab.element("input", {
      type: "range",
      id,
      min: 0,
      step: 1,
      class: "when",
      oninput: () => {
        pause();
        to(Number(slider.value));
      },
    });
    const told = lab.element("output", { for: id, class: "generation" });
    const speeds = lab.element(
      "select",
      {
        "aria-label": lab.say("player.speed"),
        onchange: () => {
          rate = Number(speeds.value);
        },
      },
      ...SPEEDS.map((one) =>
        lab.element("option", { value: one, selected: one === rate }, lab.say("player.rate", { rate: one })),
      ),
    );
    const node = lab.element(
      "div",
      { class: "player" },
      button,
      step,
      back,
      lab.element("label", { for: id, class: "unseen" }, lab.say(`player.${unit}`)),
      slider,
      told,
      speeds,
    );

    function tell() {
      button.textContent = playing ? lab.say("player.pause") : lab.say("player.play");
      slider.max = end;
      slider.value = at;
      told.textContent = lab.say("player.at", { unit: lab.say(`player.${unit}`).toLowerCase(), g: lab.number(at) });
      slider.setAttribute("aria-valuetext", told.textContent);
    }
    function to(g) {
      at = Math.max(0, Math.min(end, g));
      tell();
      show(at);
    }
    function frame(now) {
      if (!playing) return;
      const passed = Math.floor((now - since) * rate / 1000);
      if (passed >= 1) {
        since = now;
        to(at + passed);
      }
      if (at >= end) pause();
      else requestAnimationFrame(frame);
    }
    function play(wanted = rate) {
      speeds.value = rate = wanted;
      if (at >= end) to(0);
      playing = true;
      tell();
      requestAnimationFrame((now) => { since = now; frame(now); });
    }
    function pause() {
      playing = false;
      tell();
    }
    tell();
    return {
      node, to, play, pause,
      last(n) { end = n; at = Math.min(at, end); tell(); },
      get at() { return at; },
      get playing() { return playing; },
    };
  };
}
