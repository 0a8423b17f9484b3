"""The lab's words: parted as Kellet parts them, lost as Kellet's theory and loop lose them, seen in the text itself."""

import numpy as np
import pytest
from scipy import stats

import kellet
from kellet.data.segmentation import compile_words
from kellet.loop.generations import generations
from kellet.theory.survival import survive

TEXTS = [
    "To be, or not to be: that's the question — isn't it? x_1 3.14 café naïve co-op l·l 1st ½ II ²",
    "हिन्दी में लिखा हुआ पाठ", "我用 Python 写。中文字", "ภาษาไทย น้ำ", "日本語のテキストです カタカナー",
    "בית ספר צה\"ל ג׳ירפה",
    "Ελληνικά κείμενο Σίσυφος", "ភាសាខ្មែរ ស្រី", "မြန်မာဘာသာ", "العربية كِتَاب",
    "İstanbul ISTANBUL ıI", "e\u0301te\u0301 👩‍🚀 🇫🇷",
    "''' '' o'clock ’tis rock’n’roll'", "",
]  # fmt: skip
DRAIN = """([name, settings]) => {
  const job = lab.jobs[name](settings);
  let step;
  do step = job.next(); while (!step.done);
  return step.value;
}"""


def compute(page, name, **settings):
    return page.evaluate(DRAIN, [name, settings])


def left_by_theory(counts, size, real, fits):
    p = np.array(counts) / sum(counts)
    return survive(p, [size] * fits, [0] + [real] * (fits - 1))


def test_words_are_those_of_kellet(computing):
    rng = np.random.default_rng(0)
    letters = list("ab ZéÉ'’·lL_19½²-\u0301\u200dनि中ภำກာ្รあ゙ー\"צ׳\n🙂")
    made_up = ["".join(rng.choice(letters, 60)) for _ in range(200)]
    found = computing.evaluate(
        "texts => texts.map((text) => [...lab.matchWords(text)].map(([word]) => word))", TEXTS + made_up
    )
    assert found == [compile_words(signs=False).findall(text) for text in TEXTS + made_up]


def test_a_file_is_counted_as_kellet_counts_it(computing, tmp_path):
    text = "Ein Wörterbuch, ein Wort; 我们 — und so fort…\n" * 6000 + "End"
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    world = kellet.worlds.Words(str(tmp_path / "text.txt"))
    found = computing.evaluate(f"text => ({DRAIN})(['count', {{ source: new TextEncoder().encode(text) }}])", text)
    assert (found["words"], found["total"]) == (list(world.labels), world.counts.sum())
    assert len(found["pieces"]) == 2000
    assert "".join(between + word for between, word, _ in found["pieces"][:7]) == "Ein Wörterbuch, ein Wort; 我们 — und"


@pytest.mark.parametrize(
    "source, fault",
    [
        ("new Uint8Array([255, 216, 255, 0, 16])", "binary"),
        ("'a\\0b'", "binary"),
        ("'one One'", "short"),
        ("''", "short"),
    ],
)
def test_what_is_no_text_is_a_fault(computing, source, fault):
    assert computing.evaluate(f"() => ({DRAIN})(['count', {{ source: {source} }}])") == {"fault": fault}


@pytest.mark.parametrize(
    "size, real, fits, error",
    [
        (20, 0, 60, 0.009),
        (100, 0, 200, 0.002),
        (1000, 0, 200, 0.002),
        (10**6, 0, 100, 1e-9),
        (400, 4, 60, 0.045 / 4),
        (1000, 100, 60, 0.045 / 100),
    ],
)
def test_the_law_keeps_what_theory_keeps(computing, size, real, fits, error):
    p = [1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9]
    found = computing.evaluate(
        "([p, n, k, t]) => lab.survive(p, n, k, t).map((row) => [...row])", [p, size, real, fits]
    )
    known = survive(p, [size] * fits, [0] + [real] * (fits - 1)).values.T
    assert abs(np.array(found) - known).max() < error


@pytest.mark.parametrize(
    "size, share",
    [
        (300, 0.1),
        *(pytest.param(n, u, marks=pytest.mark.slow) for n in (100, 3000, 10**6) for u in (0.01, 0.1, 0.5, 1.0)),
    ],
)
def test_the_loop_is_kellets(computing, size, share):
    words, replicates, last, real = 200, 300, 12, round(size * share)
    many = """([words, size, reals, generations, replicates]) => {
      const raw = Array.from({ length: words }, (_, i) => 1 / (i + 1)), total = raw.reduce((a, b) => a + b);
      const p = raw.map((one) => one / total), count = (row) => row.filter((one) => one > 0).length;
      const loop = (real, i) => [...lab.copyWords(p, { size, real, generations }, lab.random(1, real, i))].map(count);
      return reals.map((real) => Array.from({ length: replicates }, (_, i) => loop(real, i)));
    }"""
    found = np.array(computing.evaluate(many, [words, size, [0, real], last, replicates]))
    for i, k in enumerate((0, real)):
        loop = generations(
            kellet.worlds.Zipf(words),
            kellet.families.Categorical(),
            size=size,
            anchor=kellet.Fresh(k),
            replicates=replicates,
            rng=np.random.default_rng(k + 1),
        )
        known = [(next(loop).evidence.dense() > 0).sum(axis=1) for _ in range(last + 1)]
        for t in (0, 1, 5, last):
            assert stats.ks_2samp(found[i, :, t], known[t], method="asymp").pvalue > 1e-7


def test_the_expected_number_is_what_simulation_comes_to(computing):
    counts = [200.0 / i for i in range(1, 301)]
    settings = {"counts": counts, "size": 900, "real": 90, "generations": 15}
    law = computing.evaluate("s => [...lab.wordsLaw(s).left]", settings)
    known = left_by_theory(counts, 900, 90, 16)
    assert abs(np.array(law) - known.values.sum(axis=0)).max() <= len(counts) * (known.error + 1e-9)
    band = computing.evaluate(DRAIN, ["words", {**settings, "watch": [0, 299], "seed": 3}])["band"][1]
    assert all(band["low"][t] <= law[t] <= band["high"][t] for t in range(16))


def test_lost_words_are_struck_out_where_they_stand(show):
    page = show("view=words")
    page.wait_for_selector(".passage .lost")
    numbers = page.locator(".view-words .exact")
    for _ in range(5):
        page.click(".view-words .step")
    # Texts are struck out a frame after their words are counted.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    lost = page.locator(".passage").first.locator(".lost")
    words = {word.lower() for word in lost.all_text_contents()}
    told = page.locator(".count").first.text_content()
    left, known = (int(word.replace(",", "")) for word in (told.split()[0], told.split()[2]))
    assert (known - left, numbers.count()) == (len(words), 4)
    assert "alice" not in words


def test_every_control_of_the_words_is_in_the_link_and_in_the_text(show):
    page = show("view=words&real=50&size=100000&generations=7&seed=9")
    page.locator(".own textarea").fill("to be or not to be")
    page.wait_for_function("() => lab.state.settings.words.text !== ''")
    assert page.evaluate("() => lab.link()") == (
        "view=words&text=to+be+or+not+to+be&real=50&size=100000&generations=7&seed=9"
    )
    assert page.locator(".passage").first.text_content() == "to be or not to be"
    assert "of 4 words" in page.locator(".count").first.text_content()
    page.click(".own-back")
    assert page.locator(".passage").first.text_content().startswith("Alice was beginning")


def drop(page, size, fill):
    page.evaluate(
        """([size, fill]) => {
          const kept = new DataTransfer();
          kept.items.add(new File([new Uint8Array(size).fill(fill)], "dropped"));
          const dropped = new DragEvent("drop", { dataTransfer: kept, bubbles: true, cancelable: true });
          document.querySelector(".view-words").dispatchEvent(dropped);
        }""",
        [size, fill],
    )


@pytest.mark.parametrize(
    "size, fill, said", [(50_000_000, 97, "too long"), (100_000, 0, "no text"), (100_000, 255, "no text")]
)
def test_bad_files_are_one_friendly_line(show, size, fill, said):
    page = show("view=words")
    page.wait_for_selector(".passage .lost")
    drop(page, size, fill)
    page.wait_for_function("said => document.getElementById('note').textContent.includes(said)", arg=said)
    assert page.locator(".passage").first.text_content().startswith("Alice")


@pytest.mark.parametrize("settings", ["&generations=4", "&real=50&size=1000&generations=3&seed=5"])
def test_what_is_copied_of_the_words_is_the_same_experiment(show, tmp_path, monkeypatch, settings):
    monkeypatch.chdir(tmp_path)
    page = show(f"view=words{settings}")
    copies = page.evaluate("() => lab.views.words.copy(lab.state.settings.words)")
    passage = page.evaluate("() => lab.strings.words.passage.join('\\n\\n')")
    (tmp_path / "text.txt").write_text(passage, encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(copies["toml"], encoding="utf-8")
    filed = kellet.Experiment.read("experiment.toml")
    words = int(filed.world.counts.sum())
    size, real, last, seed = (1000, 50, 3, 5) if "size" in settings else (words, 10, 4, 1)
    assert (filed.size, filed.generations, filed.seed, filed.replicates) == (size, last, seed, 40)
    assert filed.arms == {
        "alone": kellet.Arm(), f"{real} % real text": kellet.Arm(anchor=kellet.Fresh(round(size * real / 100)))
    }  # fmt: skip
    ran = {}
    exec(copies["python"], ran)
    written = ran["run"].experiment
    for name in ("size", "generations", "seed", "replicates", "arms"):
        assert getattr(written, name) == getattr(filed, name)
    assert copies["command"].startswith("kellet run experiment.toml")
