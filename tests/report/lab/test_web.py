"""The lab's web: its moments are theory's, its loop is that of Kellet's pool, and what is copied is the same web."""

import itertools

import numpy as np
import pytest
from scipy import stats

import kellet
from kellet.loop.pool.web import weave
from kellet.theory.reading import Diet, Library, Stocks, follow

YEARS, VAULT = 10, 1000
GRID = [
    {"writers": writers, "size": size, "people": people, "halving": halving, "pool": pool, "cure": cure}
    for (writers, size), (people, halving), pool, cure in itertools.product(
        [(1, 40), (5, 300), (20, 101)],
        [(0.0, 0), (0.3, 0), (0.6, 2)],
        ["newest", "window", "all"],
        ["none", "vault", "filter"],
    )
]
QUICK = [GRID[i] for i in (13, 31, 44, 53)]
"""Of each pool, each cure, people and no people."""


def expect(writers, size, people, halving, pool, cure):
    """kellet.theory's moments of the same web, and the share of model text in what is read."""
    t, k = np.arange(YEARS + 1)[:, None], round(size / 10) if cure == "vault" else 0
    later, each = t > 0, np.ones((1, writers))
    sieve = {"caught": 0.9, "wrong": 0.05} if cure == "filter" else {}
    library = Library(np.zeros(writers, int), window={"newest": 1, "window": 3, "all": None}[pool], **sieve)
    vault = Stocks(np.array([float(VAULT)]), np.zeros((1, 1)), np.ones(1), np.ones(1, bool)) if k else Stocks()
    diet = Diet(
        later * (size - k) * each, ~later * (size - k) * each, np.full((YEARS + 1, writers, 1 if k else 0), float(k))
    )
    models = writers * size
    humans = models * people / (1 - people) * (2.0 ** (-(t - 1) / halving) if halving else np.ones(t.shape))
    humans[0] = models
    course = follow(library, diet, later * size * each, humans, vault, -1.0)
    return course.variance[:, 0], 1 - course.pooled, library.read(later * models * np.ones((1, 1)), humans)[:, 0]


def arm(settings):
    """The same web in Kellet."""
    people = kellet.Humans(share=settings["people"], halving=settings["halving"] or None)
    pool = kellet.Pool(
        humans=people, window={"newest": 1, "window": 3, "all": None}[settings["pool"]],
        filter=kellet.Detector(caught=0.9, wrong=0.05) if settings["cure"] == "filter" else None,
    )  # fmt: skip
    anchor = kellet.Bank(round(settings["size"] / 10), bank=VAULT) if settings["cure"] == "vault" else None
    return pool, {"model": kellet.Writer(many=settings["writers"])}, anchor


def test_moments_are_those_of_theory(computing):
    found = computing.evaluate("all => all.map((one) => lab.webLaw(one))", [{**one, "years": YEARS} for one in GRID])
    for settings, law in zip(GRID, found, strict=True):
        within, together, read = expect(**settings)
        assert np.allclose(law["within"], within, rtol=1e-9, atol=0)
        assert np.allclose(law["together"], together, rtol=1e-9, atol=0)
        assert np.allclose(law["read"][1:], read[1:], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "settings",
    [*QUICK, *(pytest.param(one, marks=pytest.mark.slow) for one in GRID if one not in QUICK)],
    ids=lambda one: "-".join(map(str, one.values())),
)
def test_the_web_is_kellets(computing, settings):
    replicates = 150
    asked = {**settings, "years": YEARS, "replicates": replicates, "seed": 1, "raw": True}
    raw = computing.evaluate(
        """settings => {
          const job = lab.jobs.web(settings);
          let step;
          do step = job.next(); while (!step.done);
          return step.value.raw.map((rows) => rows.map((row) => [...row]));
        }""",
        asked,
    )
    pool, writers, anchor = arm(settings)
    loop = weave(
        kellet.worlds.Zipf(100),
        kellet.families.Categorical(),
        size=settings["size"],
        settings=pool,
        writers=writers,
        anchor=anchor,
        replicates=replicates,
        rng=np.random.default_rng(7),
    )
    p = 1 / np.arange(1, 101) / (1 / np.arange(1, 101)).sum()
    law, years = expect(**settings)[0], list(itertools.islice(loop, YEARS + 1))
    for t in (0, 1, 3, YEARS):
        counts = np.array([one.evidence.dense() for one in years[t].writers.values()])
        rare = counts[:, :, 60:] > 0
        diversity = (1 - ((counts / settings["size"]) ** 2).sum(axis=2)).mean(axis=0) / (1 - (p**2).sum())
        for mine, known in zip(
            raw, (rare.sum(axis=2).mean(axis=0), rare.any(axis=0).sum(axis=1), diversity), strict=True
        ):
            assert stats.ks_2samp(np.round(mine[t], 9), np.round(known, 9), method="asymp").pvalue > 1e-7
        seen = np.array(raw[2][t])
        assert abs(seen.mean() - law[t]) < 5.5 * seen.std(ddof=1) / np.sqrt(replicates)


def test_a_web_is_played_and_its_words_are_counted(show):
    page = show("view=web")
    page.wait_for_selector(".dots .known")
    for _ in range(10):
        page.click(".view-web .step")
    known = page.locator(".writer").last.locator(".known").count()
    told = page.locator(".view-web .only").text_content()
    assert f"({40 - known} of 40)" in told
    assert told.count(",") == 40 - known - 1
    assert "year 10" in page.locator(".view-web .claim").text_content()
    assert page.locator(".writer").count() == 6


def test_every_control_of_the_web_is_in_the_link(show):
    link = "view=web&writers=12&people=50&fading=never&pool=all&cure=vault&size=1000&years=20&seed=3"
    page = show(link)
    assert page.evaluate("() => lab.link()") == link
    assert page.locator(".writer").count() == 13
    page.locator(".view-web input[value=filter]").check(force=True)
    page.locator(".view-web input[value=newest]").check(force=True)
    page.locator(".view-web .exact").first.fill("2")
    page.locator(".view-web .exact").first.press("Enter")
    assert page.evaluate("() => lab.link()") == (
        "view=web&writers=2&people=50&fading=never&cure=filter&size=1000&years=20&seed=3"
    )
    assert page.locator(".writer").count() == 3


@pytest.mark.parametrize(
    "link, settings",
    [
        ("writers=2&people=0&pool=all&cure=vault&size=50&years=2", (2, 50, 0.0, 0, "all", "vault")),
        ("writers=3&people=60&pool=window&cure=filter&size=40&years=2&seed=8", (3, 40, 0.6, 2, "window", "filter")),
        ("years=2&people=29&fading=never&size=30", (5, 30, 0.29, 0, "newest", "none")),
    ],
)
def test_what_is_copied_of_the_web_is_the_same_experiment(show, tmp_path, monkeypatch, link, settings):
    monkeypatch.chdir(tmp_path)
    copies = show(f"view=web&{link}").evaluate("() => lab.views.web.copy(lab.state.settings.web)")
    (tmp_path / "experiment.toml").write_text(copies["toml"], encoding="utf-8")
    filed, ran = kellet.Experiment.read("experiment.toml"), {}
    exec(copies["python"], ran)
    settings = dict(zip(GRID[0], settings, strict=True))
    pool, writers, anchor = arm(settings)
    for experiment in (filed, ran["run"].experiment):
        known = experiment.arms["web"]
        assert (known.pool, known.writers, known.anchor or None) == (pool, writers, anchor)
        assert (experiment.size, experiment.generations, experiment.replicates) == (settings["size"], 2, 200)
        assert (experiment.seed, experiment.world.size) == (8 if "seed" in link else 1, 100)
    assert copies["command"].startswith("kellet run experiment.toml")
