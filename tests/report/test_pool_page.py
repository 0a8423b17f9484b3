"""The page of arms with a pool: who reads what, what each model keeps, and which words are left in how many of them."""

import numpy as np
import pytest
from tests.report.test_page import EVIL, read

import kellet
from kellet import Arm
from kellet.characters import reveal
from kellet.experiment.verdict.summary import summarise
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.metrics.tails import rare_types
from kellet.report import losses
from kellet.report.alive import make_bins
from kellet.report.page import html
from kellet.report.web import show_web

LESS = Humans(share=0.5, halving=2.0)
WRITERS = {"large": Writer(size=200, share=0.8), EVIL: Writer(size=60), "small": Writer(size=40)}
ARMS = {
    "web": Arm(pool=Pool(window=1, humans=LESS), writers=WRITERS),
    "vault": Arm(pool=Pool(window=1, humans=LESS), writers=WRITERS, anchor=kellet.Bank(share=0.1, bank=100)),
    "filter": Arm(pool=Pool(window=1, humans=LESS, filter=Detector(0.9)), writers=WRITERS),
    "alone": Arm(),
}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text(" ".join(f"w{'abcdefghij'[i % 10] * (1 + i % 9)}" for i in range(900)) + " rare once" * 3)
    return kellet.worlds.Words(str(path))


@pytest.fixture(scope="module")
def run(text, tmp_path_factory):
    return kellet.run(
        world=text, family=kellet.families.Categorical(), size=100, arms=ARMS, generations=6, replicates=8, jobs=1,
        out=tmp_path_factory.mktemp("run") / "run",
    )  # fmt: skip


@pytest.fixture(scope="module")
def part(run):
    return show_web(run, summarise(run), run.resolved.source)


@pytest.fixture(scope="module")
def seen(run):
    return read(html(run))


def test_every_chart_has_its_place_and_its_numbers(seen, part):
    said = [attributes["aria-label"] for tag, attributes in seen.tags if tag == "svg" and "data-axes" in attributes]
    for one in part.charts:
        assert said.count(reveal(one.curves.chart.said)) == 1


def test_arms_have_the_colours_that_they_have_elsewhere_and_one_without_a_pool_is_left_out(run, part):
    names = [*run.blocks]
    for one in part.charts:
        assert {names[line.arm] for line in one.curves.chart.lines} == {"web", "vault", "filter"}


def test_charts_show_what_was_measured(run, part):
    figures = {one.name: one for one in part.charts}
    for name, unit in (("model_share", 1.0), ("model_share_read", 1.0), ("tail_anywhere", 1.0)):
        for line, arm in zip(figures[name].curves.chart.lines, ("web", "vault", "filter"), strict=True):
            assert np.allclose(line.y, np.median(run.values(arm, name), axis=0) / unit)
    arms = ("web", "vault", "filter")
    first = np.median(np.concatenate([run.values(arm, "tail_kept@large")[:, 0] for arm in arms]))
    for line, arm in zip(figures["tail_kept@large"].curves.chart.lines, arms, strict=True):
        # In parts of what it had at first.
        assert np.allclose(line.y, np.median(run.values(arm, "tail_kept@large"), axis=0) / first)
    # Those of each writer can be held beside each other.
    axes = {(one.curves.chart.y.low, one.curves.chart.y.high) for one in part.writers}
    assert len(part.writers) == len(WRITERS) and len(axes) == 1


def test_the_zero_is_what_models_of_real_data_alone_are(run, part):
    figures = {one.name: one for one in part.charts}
    assert figures["model_share"].curves.zero is None
    first = np.concatenate([run.values(arm, "tail_anywhere")[:, 0] for arm in ("web", "filter")])
    zero = figures["tail_anywhere"].curves.zero
    assert (zero.low, zero.median, zero.high) == pytest.approx(np.quantile(first, (0.05, 0.5, 0.95)))


def test_the_table_has_each_writer_what_it_read_and_what_it_lost(run, part):
    table = part.table
    assert table.headings == ("model", "web", "vault", "filter")
    assert [row[0].split("\n")[0] for row in table.rows] == ["large", EVIL, "small"]
    assert table.rows[0][0] == "large\nreads 200\nwrites 80 %"
    kept = np.median(run.values("web", "tail_kept@large"), axis=0)
    read = np.median(run.values("web", "model_share_read@large")[:, -1])
    lines = table.rows[0][1].split("\n")
    assert lines[0] == f"{100 * kept[-1]:.0f} %"
    assert lines[2] == f"was {100 * kept[0]:.0f} %"
    assert lines[3] == f"{100 * read:.0f} % by models"
    below = kept < 0.9 * kept[0]
    since = next((t for t in range(7) if below[t:].all()), None)
    assert (lines[4:] == [f"less from {since} on"]) if since is not None else len(lines) == 4


def test_rare_words_are_counted_by_how_many_models_can_write_them(run, part):
    truth = run.resolved.source.truth.dense()[0]
    rare = rare_types(truth) > 0
    for one in part.survey.arms:
        alive = run.specimens(one.name)["alive"]
        assert len(one.bars) == len(alive)
        for bar, counts in zip(one.bars, alive, strict=True):
            assert [n for _, n, _ in bar.parts] == [int((counts[rare] == k).sum()) for k in (3, 2, 1, 0)]
            assert sum(share for _, _, share in bar.parts) == pytest.approx(1.0)
        labels = run.experiment.world.labels
        for (name, low, _), group in zip(make_bins(3), one.groups, strict=True):
            assert group.name == name
            assert all(alive[-1][labels.index(word)] == low for word in group.words)
            assert len(group.words) == min(14, group.count)


def test_what_is_recorded_of_all_writers_is_what_each_can_write(run):
    truth = run.resolved.source.truth.dense()[0]
    shown = np.array([0, 0, 2, 3, 6])
    for arm in ("web", "vault", "filter"):
        alive, first = run.specimens(arm)["alive"], run.specimens(arm)["probabilities"]
        each = [run.values(arm, f"surviving_types@{name}")[0] for name in WRITERS]
        at = sorted(set(shown))
        assert np.allclose(alive.sum(axis=1), np.sum(each, axis=0)[at] * (truth > 0).sum())
        assert (alive[first > 0] >= 1).all()
    assert "alive" not in run.specimens("alone")


def test_of_many_writers_words_are_lost_that_none_can_write(run):
    rows = {row.name: row for row in losses.gallery(run, run.resolved.source).rows}
    gone = int((run.specimens("web")["alive"][-1] == 0).sum())
    assert rows["web"].panels[-1].note.startswith(f"lost {gone} of ")
    # Of the first writer alone more is gone.
    assert (run.specimens("web")["probabilities"][-1] == 0).sum() > gone


def test_the_page_says_who_learns_from_what_and_keeps_hostile_names_text(seen):
    assert "In “web”, “vault” and “filter” three models (large, " in seen.text
    assert "40 to 200 words of them" in seen.text
    assert not any("onmouseover" in attributes for _, attributes in seen.tags)
    assert EVIL in seen.text
    for meaning in ("all the text that can be read", "kept apart and never added to", "a mark that models leave"):
        assert meaning in seen.text


def test_where_all_arms_have_a_pool_no_model_is_said_to_learn_from_the_one_before(text):
    arms = {"web": Arm(pool=Pool(window=1), writers={"": Writer(many=2)})}
    run = kellet.run(world=text, family=kellet.families.Categorical(), size=50, arms=arms, generations=2, replicates=1)
    page = read(html(run))
    assert "learn side by side" in page.text and "the generation before wrote" not in page.text


@pytest.mark.parametrize("writers", [1, 20])
def test_one_writer_and_many_have_a_page_too(writers):
    arms = {"web": Arm(pool=Pool(humans=LESS), writers={"w": Writer(many=writers)})}
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    run = kellet.run(world=world, family=family, size=20, arms=arms, generations=3, replicates=4, jobs=1)
    part = show_web(run, summarise(run), run.resolved.source)
    assert part.table is None and part.writers == () and part.survey is None
    assert "How much of what is read models wrote" in read(html(run)).text


def test_writers_of_numbers_have_charts_of_what_there_is_of_them():
    arms = {"web": Arm(pool=Pool(humans=LESS), writers={"a": Writer(size=20), "b": Writer(size=50)})}
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    run = kellet.run(world=world, family=family, size=20, arms=arms, generations=3, replicates=4, jobs=1)
    part = show_web(run, summarise(run), run.resolved.source)
    assert [one.name for one in part.writers] == ["tail_reach@a", "tail_reach@b"]
    assert part.survey is None and "tail_anywhere" not in {one.name for one in part.charts}


def test_a_run_without_pools_has_none_of_it(run):
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    plain = kellet.run(world=world, family=family, size=9, arms={"replace": Arm()}, generations=2, replicates=2)
    assert show_web(plain, summarise(plain), None) is None
    assert "Many models, one pool" not in html(plain)
