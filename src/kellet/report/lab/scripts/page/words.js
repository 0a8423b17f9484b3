// All words that are shown stand in one file; here they are found and filled in.
{
  const strings = JSON.parse(document.getElementById("strings").textContent);
  lab.strings = strings;

  // lab.say("loop.title"), lab.say("loop.left", { share: "8 %" })
  lab.say = function (key, values = {}) {
    let found = strings;
    for (const part of key.split(".")) found = found === undefined ? undefined : found[part];
    if (typeof found !== "string") throw new Error(`no words for ${key}`);
    return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  };

  const language = document.documentElement.lang;
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  // 1,000 and 10¹² and 0.25: as short as it can be read.
  lab.number = function (value) {
    if (!Number.isFinite(value)) return "∞";
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 1e-3)) {
      let power = Math.floor(Math.log10(size)), factor = value / 10 ** power;
      if (Number(factor.toPrecision(2)) >= 10) [power, factor] = [power + 1, factor / 10];
      const digits = [...String(Math.abs(power))].map((digit) => SUPERSCRIPT[digit]);
      const raised = (power < 0 ? "⁻" : "") + digits.join("");
      const front = Number(factor.toPrecision(2));
      return front === 1 ? `10${raised}` : `${front} × 10${raised}`;
    }
    return size >= 100 || Number.isInteger(value) ? plain.format(value) : String(Number(value.toPrecision(2)));
  };

  lab.percent = function (share) {
    if (!Number.isFinite(share)) return "∞";
    if (share > 0 && share < 0.001) return lab.say("page.under", { share: "0.1 %" });
    const percent = 100 * share;
    return `${percent >= 10 || percent === 0 ? plain.format(percent) : percent.toFixed(1)} %`;
  };

  // An element; what stands in it is text, never markup.
  lab.element = function (name, attributes = {}, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...inside.filter((part) => part !== null && part !== undefined));
    return made;
  };
}
