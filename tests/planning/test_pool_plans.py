"""Plans of pools: what people must write, what each model must read of a vault, and how large the vault must be."""

import html as entities

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Arm, Fresh, InputError, families, worlds
from kellet.experiment.running.folder import Folder
from kellet.loop.anchors import Bank
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.planning import plans
from kellet.planning.need import Trial
from kellet.planning.question import choose_searches
from kellet.planning.reserve import Reserve
from kellet.planning.supply import People, Vault
from kellet.planning.webs import tell

POOL = Arm(pool=Pool(window=1), writers={"model": Writer(many=2)})
WEB = {"world": worlds.Zipf(60), "family": families.Categorical(), "size": 200, "generations": 4}


def web(pool=POOL, **changes):
    arms = {"replace": Arm(), "web": pool}
    return kellet.plan(**{**WEB, "arms": arms, "keep": {"rare": 0.7}, "precision": 2.0, **changes})


def timeless(found):
    whole = found.plans if isinstance(found, plans.Plans) else (found,)
    return [msgspec.structs.replace(plan, seconds=0.0) for plan in whole]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plans") / "web"


@pytest.fixture(scope="module")
def found(folder):
    return web(out=folder)


def test_both_questions_are_answered_where_nobody_says_which(found):
    assert [plan.search for plan in found.plans] == ["humans", "anchor", "vault"]
    assert found.conclusive
    for plan in found.plans:
        assert plan.low <= plan.points <= plan.high
        assert (plan.arm, plan.writers, plan.written) == ("web", 2, 400)
        assert plan.baseline.keys() == plan.keep.keys() == {"tail_kept"}
    people, anchor, vault = found.plans
    assert people.share == people.points / (people.points + 400)
    assert vault.drawn == 2 * anchor.points
    assert vault.share is None
    first, *others = found.sentences
    assert first.startswith(
        "For two models to keep what a real sample of the same size keeps (rare part kept 70 %) over 4 generations, "
        f"people must write at least {people.points:,} documents per generation beside the 400 of the models ("
    )
    assert others[0].startswith(f"Or, of every 200 documents that a model learns from at least {anchor.points:,} must")
    assert others[1].startswith(f"Or, a vault must hold at least {vault.points:,} clean documents")


def test_answers_keep_their_promise_on_fresh_webs_and_a_quarter_of_it_does_not(found):
    people, anchor, vault = found.plans

    def writes(points):
        return msgspec.structs.replace(POOL, pool=Pool(window=1, humans=Humans(count=float(points))))

    asked = {
        "people": writes(people.points),
        "fewer people": writes(people.points // 4),
        "anchor": msgspec.structs.replace(POOL, anchor=Fresh(anchor.points)),
        "a smaller anchor": msgspec.structs.replace(POOL, anchor=Fresh(anchor.points // 4)),
        "vault": msgspec.structs.replace(POOL, anchor=Bank(vault.drawn, bank=vault.points)),
        "a smaller vault": msgspec.structs.replace(POOL, anchor=Bank(small := vault.points // 4, bank=small)),
    }
    run = kellet.run(**WEB, arms=asked, metrics=("tail_kept",), seed=99, replicates=120)
    for name, values in zip(asked, run.data["tail_kept"].values, strict=True):
        share = (values[:, -1] >= 0.7 * np.median(values[:, 0])).mean()
        # 5 standard errors of 120 webs, and what the interval's ends, a factor of 2 apart, make of the chance.
        assert (share > 0.9 - 5 * 0.027 - 0.05) != ("er " in name), (name, share)


def test_what_people_write_falls_as_the_arm_says(found):
    falling = People.of(msgspec.structs.replace(POOL, pool=Pool(humans=Humans(share=0.1, halving=1.5))), 200)
    assert (falling.now, falling.halving) == (44, 1.5)
    (said,) = tell([msgspec.structs.replace(found.plans[0], now=44, halving=falling.halving)])
    assert "documents in the first generation, falling by half every 1.5 generations, beside" in said
    assert said.endswith("; they write 44 now.")


def test_a_pool_that_keeps_enough_by_itself_needs_nobody():
    everything = msgspec.structs.replace(POOL, pool=Pool(humans=Humans(share=0.5)))
    found = web(everything, keep={"rare": 0.3})
    assert [(plan.points, plan.conclusive) for plan in found.plans] == [(0, True), (0, True)]
    assert "people need write nothing more" in found.sentence
    assert "no vault is needed" in found.sentence


def test_a_pool_that_keeps_nothing_whatever_people_write_says_what_was_tried():
    # The filter throws all of the minority's text away.
    blind = Pool(window=1, filter=Detector(caught=0.9, minority=0.1, minority_wrong=0.999))
    plan = web(msgspec.structs.replace(POOL, pool=blind), search="humans")
    assert (plan.points, plan.conclusive, plan.most) == (None, False, 99 * 400)
    tried = max(plan.trials, key=lambda trial: trial.points)
    said = f"not even {tried.points:,} documents that people write in a generation, the most that was tried, are enough"
    assert plan.sentence.endswith(f"{said}: 0 of {tried.tries} such webs kept everything.")
    assert "nconclusive" not in plan.sentence


def test_a_plan_in_a_folder_goes_on_and_is_read_again(found, folder, monkeypatch):
    assert plans.read(folder) == found
    page = (folder / "plan.html").read_text(encoding="utf-8")
    assert all(entities.escape(sentence, quote=False) in page for sentence in found.sentences)
    # Nothing is computed again, and the folder says which arm it is of.
    monkeypatch.setattr("kellet.experiment.running.schedule.compute_folded", None)
    again = kellet.plan(Folder(folder).experiment(), keep={"rare": 0.7}, precision=2.0, out=folder)
    assert (timeless(again), again.sentence) == (timeless(found), found.sentence)


@pytest.mark.parametrize(
    ("arm", "asked", "searches"),
    [
        (Arm(), (None, "fresh", 0.0), ("anchor",)),
        (POOL, (None, "fresh", 0.0), ("humans", "anchor", "vault")),
        (POOL, (None, "bank:10%", 0.0), ("vault",)),
        (POOL, (None, "bank:/500", 0.0), ("anchor",)),
        (POOL, (None, "fresh", 0.1), ("anchor",)),
        (POOL, ("vault", "fresh", 0.0), ("anchor", "vault")),
        (msgspec.structs.replace(POOL, anchor=Bank(5, bank=50)), (None, "fresh", 0.0), ("humans", "vault")),
        (
            msgspec.structs.replace(POOL, pool=Pool(window=0, humans=Humans(1))),
            (None, "fresh", 0.0),
            ("anchor", "vault"),
        ),
    ],
)
def test_what_is_missing_is_what_is_searched_for(arm, asked, searches):
    assert choose_searches(arm, *asked) == searches


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"search": "humans", "arms": {"a": Arm()}}, r"an arm with a pool, .*to search for humans; got none"),
        ({"search": "everything"}, "'anchor', 'humans' or 'vault'; got 'everything'"),
        ({"arm": "replace"}, "'replace', which has none"),
        ({"arm": "wbe"}, "an arm of the experiment: replace, web; got 'wbe'"),
        ({"search": "humans", "anchor": "fixed"}, "--search anchor"),
        ({"search": "vault", "anchor": "fixed"}, "--anchor bank:10%"),
        ({"search": "vault", "contaminated": 0.1}, "a clean vault"),
        ({"search": "vault", "anchor": "bank:0"}, "how much each model reads of a vault"),
        ({"search": "humans", "arm": Arm(pool=Pool(window=0, humans=Humans(1)))}, "a pool of which model text is read"),
        ({"theory_alone": True}, "an arm without a pool for --theory"),
    ],
)
def test_bad_questions_are_refused_in_one_line(changes, said):
    with pytest.raises(InputError, match=said) as error:
        web(**changes)
    assert "\n" not in str(error.value)


def test_each_writer_takes_its_share_of_a_vault_and_keeps_its_own_points():
    arm = Arm(pool=Pool(), writers={"a": Writer(many=2), "b": Writer(size=50, private=30)}, anchor=Fresh(7))
    reserve = Reserve("fresh", None, 0.0, 100, None, size=100)
    assert {name: one.anchor.count for name, one in reserve.arm(arm, 60).writers.items()} == {"a": 60, "b": 20}
    vault = Vault.of(arm, 100, Fresh(share=0.2), families.Categorical(), 5, None)
    assert vault.most == 10 * 5 * (20 + 20 + 10)
    given = {name: one.anchor for name, one in vault.arm(arm, 15).writers.items()}
    assert given == {"a": Bank(15, bank=15), "b": Bank(10, bank=15)}
    assert {one.anchor for one in vault.arm(arm, 0).writers.values()} == {Fresh(0)}
    assert vault.arm(arm, 15).anchor is None


def test_what_people_write_is_searched_for_beside_the_arms_own_anchor():
    arm = Arm(pool=Pool(humans=Humans(share=0.2, halving=3), written=800.0), anchor=Bank(5, bank=50))
    people = People.of(arm, 100)
    assert (people.written, people.now, people.most) == (800, 200, 99 * 800)
    given = people.arm(arm, 12)
    assert (given.pool.humans, given.anchor, given.pool.written) == (Humans(12.0, halving=3), arm.anchor, 800)
    assert People.of(Arm(pool=Pool(reading="documents")), 100).most == 900
    assert people.collect(12, 3) == round(12 * (1 + 2 ** (-1 / 3) + 2 ** (-2 / 3)))


def test_what_is_inconclusive_says_so_and_between_what(found):
    wide = msgspec.structs.replace(found.plans[0], conclusive=False, low=10.5, high=99.5, points=30)
    (said,) = tell([wide])
    assert said.startswith("Inconclusive: for two models")
    assert "between 11 and 100 (perhaps 30) documents per generation" in said
    open_ = msgspec.structs.replace(wide, points=None, trials=(Trial(500, 8, 9),))
    assert "are surely enough: 8 of 9" in next(tell([open_]))
