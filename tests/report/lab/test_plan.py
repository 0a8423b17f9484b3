"""How many real points are enough: the lab's plan says what kellet plan, kellet theory and kellet.theory say."""

import json
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from scipy.special import betainc, gammainc, ndtr

import kellet
from kellet import families, worlds
from kellet.planning.solution import _spread
from kellet.theory import Loop, coverage, needs

EVER = 10**15
USUAL = {
    "family": "normal", "goal": "variance", "level": 0.8, "confidence": 0.9, "distance": 0.1, "rare": 0.01,
    "chance": 0.9, "horizon": "ever", "generations": 100, "source": "fresh", "bank": 1000, "size": 1000,
}  # fmt: skip
FAMILIES = {
    "normal": (worlds.Normal(), families.Gaussian()),
    "bernoulli": (worlds.Bernoulli(0.3), families.Bernoulli()),
    "poisson": (worlds.Poisson(3), families.Poisson()),
    "exponential": (worlds.Exponential(1), families.Exponential()),
}
LOOPS = [
    {},
    {"source": "fixed", "size": 10**6},
    {"source": "bank", "horizon": "generations", "generations": 1000, "level": 0.7},
    {"horizon": "generations", "level": 0.5, "confidence": 0.6, "size": 100},
    {"size": 10**12, "level": 0.9, "source": "bank"},
    {"size": 10**12, "horizon": "generations"},
    {"size": 100, "source": "fixed", "level": 0.95},
]
QUICK = (0, 3)
"""Of these Kellet's own answer takes less than a fifth of a second."""


def plans(computing, settings):
    return computing.evaluate(
        "all => all.map((s) => { const { curve, ...told } = lab.plan(s); return told; })",
        [USUAL | some for some in settings],
    )


def stock(settings, k):
    return {"fresh": None, "fixed": float(k), "bank": float(settings["bank"])}[settings["source"]]


@pytest.mark.parametrize(
    "some", [LOOPS[i] if i in QUICK else pytest.param(LOOPS[i], marks=pytest.mark.slow) for i in range(len(LOOPS))]
)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_variance_needs_as_many_real_points_as_kellet_plan_says(computing, family, some):
    world, learner = FAMILIES[family]
    asked = USUAL | some | {"family": family}
    (told,) = plans(computing, [asked])
    draw = f"bank:/{asked['bank']}" if asked["source"] == "bank" else asked["source"]
    plan = kellet.plan(
        world=world, family=learner, size=asked["size"], keep={"variance": asked["level"]},
        generations=EVER if asked["horizon"] == "ever" else asked["generations"],
        confidence=asked["confidence"], anchor=draw, theory_alone=True,
    )  # fmt: skip
    assert (told["points"], told["kind"]) == (plan.points, "limit"), plan.sentence
    if plan.points is not None:
        # Kellet reads the others' quantiles off 4,000 places.
        assert told["kept"] == pytest.approx(plan.theory.values["variance_ratio"], rel=2e-3)


def test_what_is_kept_of_a_normal_variance_has_nine_digits(computing):
    settings = [{"size": n, "horizon": h, "source": s} for n in (100, 10**4) for h in ("ever", "generations")
                for s in ("fresh", "fixed")]  # fmt: skip
    for some, told in zip(settings, plans(computing, settings), strict=True):
        asked = USUAL | some
        k, horizon = told["points"], EVER if asked["horizon"] == "ever" else asked["generations"]
        loop = Loop(asked["size"], k, -1, bank=stock(asked, k) if k else None)
        assert told["kept"] == pytest.approx(_spread(loop, horizon, asked["confidence"]), rel=1e-9)


def test_the_mean_is_as_near_to_the_truth_as_the_loop_in_numbers_says(computing):
    settings = [
        {"goal": "distance", "family": family, "source": source, "horizon": horizon, "size": size, "distance": d}
        for family in FAMILIES for source in ("fresh", "fixed", "bank") for horizon in ("ever", "generations")
        for size, d in ((100, 0.3), (10**5, 0.05), (10**12, 0.1))
    ]  # fmt: skip
    curvatures = {"normal": -1, "bernoulli": -1, "poisson": 0, "exponential": 1}
    for some, told in zip(settings, plans(computing, settings), strict=True):
        asked = USUAL | some

        def off(k, asked=asked):
            loop = Loop(asked["size"], k, curvatures[asked["family"]], bank=stock(asked, k) if k else None)
            settled = 1 / loop.effective_points if loop.effective_points else np.inf
            return np.sqrt(settled if asked["horizon"] == "ever" else loop.wander(asked["generations"] + 1))

        assert told["kind"] == "exact"
        k = told["points"]
        if k is None:
            assert off(told["most"]) > asked["distance"]
            continue
        assert told["kept"] == pytest.approx(off(k), rel=1e-9)
        assert off(k) <= asked["distance"] and (k == 0 or off(k - 1) > asked["distance"])


def test_a_category_is_kept_as_kellet_theory_says(computing):
    settings = [
        {"goal": "category", "family": "categories", "source": source, "horizon": horizon, "size": size, "rare": p}
        for source in ("fresh", "fixed", "bank") for horizon in ("ever", "generations")
        for size, p in ((1000, 0.01), (10**6, 0.001), (10**9, 0.1))
    ]  # fmt: skip
    for some, told in zip(settings, plans(computing, settings), strict=True):
        asked, k = USUAL | some, told["points"]
        if not k:
            assert k == 0 or told["best"] < asked["chance"]
            continue
        anchor = {"fresh": kellet.Fresh(k), "fixed": kellet.Fixed(k), "bank": kellet.Bank(k, bank=asked["bank"])}
        ever = asked["horizon"] == "ever"
        (rare,) = kellet.theory(
            families.Categorical(), size=asked["size"], anchor=anchor[asked["source"]], p=[asked["rare"]],
            generations=None if ever else asked["generations"],
        ).rare  # fmt: skip
        assert told["kept"] == pytest.approx(rare.kept if ever else rare.left, rel=1e-9)
        assert told["kept"] >= asked["chance"]
        assert told["kind"] == rare.kind


def test_real_draws_behind_a_generation_are_those_of_kellet(computing):
    cases = [(100, 1), (1500, 15), (10**6, 1000), (10**12, 3)]
    fits = [1, 20, 1001, 10**6]
    settled = computing.evaluate("all => all.map(([n, k]) => lab.coverage.settled(n, k))", cases)
    assert settled == pytest.approx([float(coverage.effective_draws(n, k)) for n, k in cases], rel=1e-9)
    found = computing.evaluate(
        "([all, fits]) => all.map(([n, k]) => fits.map((t) => Object.values(lab.coverage.draws(n, k, t))))",
        [cases, fits],
    )
    for (n, k), some in zip(cases, found, strict=True):
        np.testing.assert_allclose(np.transpose(some), coverage.draws(n, k, fits), rtol=1e-9)


def test_a_category_of_one_in_a_thousand_needs_what_the_three_reasons_say(computing):
    # Their chance is 1 - 1/e, by 1/p draws; here (1 - p)^draws, which differs where p isn't small.
    rare = {"family": "categories", "goal": "category", "rare": 0.001, "size": 10**6, "chance": 1 - np.exp(-1)}
    (told,) = plans(computing, [rare])
    assert told["points"] == needs.real_points(10**6, rarest=0.001).tails == 55


def test_chances_have_nine_digits(computing):
    gammas = [(a, a * x) for a in (1e-9, 0.3, 2.5, 90.0, 4e3, 9e4) for x in (0.1, 0.7, 1.0, 1.01, 1.5, 4.0)]
    found = computing.evaluate("all => all.map(([a, x]) => lab.gammaChance(a, x))", gammas)
    assert found == pytest.approx([gammainc(a, x) for a, x in gammas], rel=1e-9, abs=1e-12)
    large = [(a, a * (1 + z / np.sqrt(a))) for a in (1.1e5, 1e8, 1e12) for z in (-3, -1, 0, 1, 3)]
    found = computing.evaluate("all => all.map(([a, x]) => lab.gammaChance(a, x))", large)
    assert found == pytest.approx([gammainc(a, x) for a, x in large], abs=1e-7)
    betas = [
        (0.3 * c, 0.7 * c, x) for c in (1e-9, 0.5, 3.0, 50.0, 1e3, 1e5) for x in (0.001, 0.2, 0.29, 0.3, 0.31, 0.6)
    ]
    found = computing.evaluate("all => all.map(([a, b, x]) => lab.betaChance(a, b, x))", betas)
    assert found == pytest.approx([betainc(*one) for one in betas], rel=1e-9, abs=1e-12)
    scores = [-8.0, -3.0, -0.1, 0.0, 0.5, 6.0]
    assert computing.evaluate("all => all.map(lab.normalChance)", scores) == pytest.approx(ndtr(scores), abs=1e-12)


def test_more_synthetic_points_do_not_change_the_number(computing):
    settings = [{"family": f} for f in FAMILIES] + [{"goal": "distance"}, {"source": "fixed"}, {"source": "bank"}]
    for some in settings:
        sizes, points = computing.evaluate(
            "s => { const job = lab.jobs.plan(s); let step; do step = job.next(); while (!step.done);"
            "       return [Array.from(step.value.sizes), Array.from(step.value.points)]; }", USUAL | some,
        )  # fmt: skip
        assert (sizes[0], sizes[-1]) == (100, 10**12)
        assert len(set(points[8:])) == 1, (some, points)
        one = plans(computing, [some | {"size": sizes[4]}, some | {"size": sizes[-1]}])
        assert [told["points"] for told in one] == [points[4], points[-1]]


def test_the_page_says_the_number_at_once(show):
    page = show("view=plan")
    claim = page.locator(".view-plan .claim")
    assert claim.inner_text().startswith("41 new real points in every training set")
    page.wait_for_selector(".plan-sizes .chart canvas")
    page.locator(".view-plan input[data-field=size]").evaluate(
        "input => { input.value = input.max; input.dispatchEvent(new Event('input')); }"
    )
    assert claim.inner_text().startswith("40 new real points in every training set")
    assert "size=1000000000000" in page.evaluate("() => (lab.remember(), location.hash)")


def test_every_control_of_the_plan_changes_what_is_said(show):
    page = show("view=plan")
    seen = [page.locator(".view-plan .claim").inner_text()]
    for field, value in [
        ("source", "fixed"), ("source", "bank"), ("bank", 50), ("bank", 2000), ("level", 0.6), ("confidence", 0.7),
        ("horizon", "generations"), ("generations", 2000), ("goal", "distance"), ("distance", 0.3),
        ("family", "poisson"), ("family", "categories"), ("rare", 0.001), ("chance", 0.6), ("size", 100),
        ("horizon", "ever"), ("source", "fresh"),
    ]:  # fmt: skip
        page.evaluate("([field, value]) => lab.set({ [field]: value })", [field, value])
        now = page.locator(".view-plan .claim").inner_text() + page.locator(".view-plan .told").first.inner_text()
        assert now not in seen and "{" not in now, (field, value, now)
        seen.append(now)


COPIES = [
    {},
    {"family": "bernoulli", "source": "bank", "horizon": "generations"},
    {"goal": "distance", "source": "fixed"},
    {"goal": "category", "family": "categories"},
]


@pytest.mark.slow
@pytest.mark.parametrize("some", COPIES)
def test_what_is_copied_runs_and_says_the_same_number(show, tmp_path, capsys, some):
    page = show("view=plan")
    copies, points = page.evaluate("s => [lab.views.plan.copy(s), lab.plan(s).points]", USUAL | some)
    own = shlex.join([sys.executable, "-m", "kellet"])
    script = re.sub("^kellet", own, copies["command"].rstrip(), flags=re.M) + " --json"
    ran = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    if "--keep" in script:
        assert json.loads(ran.stdout)["points"] == points
    else:
        assert f":{points} " in script
    exec(copies["python"], {})
    printed = capsys.readouterr().out
    assert f"{points} " in printed
    (tmp_path / "plan.toml").write_text(copies["toml"])
    experiment = kellet.Experiment.read(tmp_path / "plan.toml")
    assert experiment.size == 1000 and experiment.arms["the answer"].anchor.count == points
