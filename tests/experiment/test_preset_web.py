"""The preset `web`: sizes by a rule, people who write less, and what that makes of rare words."""

import numpy as np
import pytest
from click.testing import CliRunner

import kellet
from kellet.cli.main import kellet as command
from kellet.experiment.presets.presets import preset
from kellet.experiment.proof import falls_for_ever
from kellet.experiment.verdict.summary import summarise
from kellet.experiment.writings import gather
from kellet.loop.pool.settings import spread

ARMS = ("nothing is done", "a vault of old text", "a filter", "watermarks", "people write on", "old text stays")


@pytest.fixture(scope="module")
def run():
    return kellet.run(preset("web"), replicates=6, metrics=("surviving_types", "tail_kept"), jobs=1)


def test_sizes_fall_like_one_over_the_rank_and_everybody_writes_as_much_as_it_reads():
    for arm in preset("web").arms.values():
        writers = [*spread(arm.writers).values()]
        sizes = [writer.size for writer in writers]
        assert sizes == [round(28_000 / rank, -3) for rank in range(1, 6)]
        assert [writer.share for writer in writers] == [size / sum(sizes) for size in sizes]


def test_together_they_read_about_as_much_as_the_text_has():
    experiment = preset("web")
    total = sum(writer.size for writer in experiment.arms[ARMS[0]].writers.values())
    # Every Python has another language reference.
    assert 0.8 < total / kellet.worlds.Words().counts.sum() < 1.25
    # The vault: as much as people wrote in the year before, which is as much as the models write in one.
    assert experiment.arms["a vault of old text"].anchor == kellet.Bank(share=0.1, bank=total)


def test_the_pool_fills_with_model_text_as_people_write_less(run):
    t = np.arange(1, 11)
    people, models = 1.5 * 2.0 ** -((t - 1) / 2), np.ones(10)
    newest = models / (models + people)
    expected = {
        "nothing is done": newest, "a vault of old text": newest, "a filter": newest, "watermarks": newest,
        "people write on": np.full(10, 0.4),
        "old text stays": models.cumsum() / (models.cumsum() + 1 + people.cumsum()),
    }  # fmt: skip
    assert tuple(run.blocks) == ARMS == tuple(expected)
    for arm, share in expected.items():
        assert np.allclose(run.values(arm, "model_share")[:, 1:], share)
    passed = 0.1 * models / (0.1 * models + people)
    assert np.allclose(run.values("watermarks", "model_share_read")[:, 1:], passed)
    assert np.allclose(run.values("a vault of old text", "model_share_read")[:, 1:], 0.9 * newest)


def gap(run, metric, more, less, at):
    """By how many standard errors the one arm has more of it at that generation."""
    a, b = (run.values(arm, metric)[:, at] for arm in (more, less))
    return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def test_the_arms_keep_rare_words_in_this_order(run):
    for more, less in (
        ("a vault of old text", "nothing is done"), ("watermarks", "a vault of old text"),
        ("people write on", "a filter"), ("old text stays", "watermarks"),
    ):  # fmt: skip
        assert gap(run, "tail_anywhere", more, less, -1) > 5


def test_a_filter_that_is_wrong_about_a_minority_costs_rare_words_at_once(run):
    assert gap(run, "tail_kept", "nothing is done", "a filter", 1) > 5
    assert gap(run, "tail_kept", "watermarks", "a filter", 1) > 5


def test_what_any_model_knows_lies_between_what_one_knows_and_what_all_do(run):
    for arm in ARMS:
        each = np.stack([run.values(arm, f"tail_kept@{name}") for name in run.members(arm)])
        union = run.values(arm, "tail_anywhere")
        assert (union >= each.max(axis=0) - 1e-12).all()
        assert (union <= each.sum(axis=0) + 1e-12).all()


def test_of_no_arm_a_fall_for_ever_is_proved(run):
    assert not any(falls_for_ever(run.experiment, arm) for arm in ARMS)
    summary = summarise(run)
    assert all(left.trend.direction != "proved" for outcome in summary.outcomes for left in outcome.left)


def test_what_one_of_many_wrote_is_no_loop_that_an_audit_could_forecast(run):
    assert gather((run,), "nothing is done")[1].share is None


def test_it_is_written_down_and_its_sizes_are_its_own():
    told = CliRunner().invoke(command, ["run", "web", "--dry-run", "--replicates", "2"])
    assert told.exit_code == 0, told.output
    experiment = kellet.Experiment.from_toml(told.stdout)
    assert tuple(experiment.arms) == ARMS
    assert experiment.arms["nothing is done"].pool == preset("web").arms["nothing is done"].pool
    with pytest.raises(kellet.InputError, match="writers have sizes of their own"):
        CliRunner().invoke(command, ["run", "web", "--size", "100", "--dry-run"], catch_exceptions=False)
