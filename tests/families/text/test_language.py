"""Transformers: what they learn, how they write, what is kept of them, and what they refuse."""

import subprocess
import sys
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Points, generations, resolve, worlds
from kellet.data.tokenizers import native
from kellet.data.tokens import Bytes
from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.spelling import parse_arm, parse_family
from kellet.families import Language, NGram
from kellet.families.abilities import Archive

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from kellet.families.text.transformer import networks, served, training  # noqa: E402
from kellet.families.text.transformer.checkpoints import Checkpoint, Pause, save_tokeniser  # noqa: E402
from kellet.families.text.transformer.networks import Sequences  # noqa: E402
from kellet.families.text.transformer.settings import Decoding  # noqa: E402
from kellet.families.text.transformer.training import pack  # noqa: E402
from kellet.families.text.transformer.writing import draw  # noqa: E402

LENGTH, TOKENS = 8, 7
TINY = Language(layers=2, width=32, heads=2, vocabulary=TOKENS, steps=12, rate=1e-2, batch=1)


def documents(n, seed=0, least=2):
    """(n, 8): each token a step further than the last."""
    rng = np.random.default_rng(seed)
    values = ((rng.integers(TOKENS, size=(n, 1)) + np.arange(LENGTH)) % TOKENS).astype(np.int32)
    values[np.arange(LENGTH) >= rng.integers(least, LENGTH + 2, (n, 1))] = -1
    return values


def fitted(family=TINY, rows=None, seed=0, previous=None, archive=None):
    rows = documents(40) if rows is None else rows
    return family.fit(Points(rows[None]), np.random.default_rng(seed), previous, archive=archive)


def but(family=TINY, **changes):
    return msgspec.structs.replace(family, **changes)


def test_it_learns_what_follows_what():
    model = fitted(but(steps=100))
    rows = model.sample(50, np.random.default_rng(1)).values[0]
    following = rows[:, 1:] >= 0
    assert ((rows[:, 1:] == (rows[:, :-1] + 1) % TOKENS) | ~following).mean() > 0.9
    even = -np.log(TOKENS + 1)
    held = documents(30, 5)
    events = np.minimum((held >= 0).sum(1) + 1, LENGTH).sum()
    assert model.log_probabilities(held).sum() / events > 0.5 * even


@pytest.mark.parametrize("kind", ["gpt2", "llama", "qwen"])
def test_blocks_in_one_row_do_not_see_each_other(kind):
    network, signs = networks.begin(but(model=f"{kind}-1m"), TOKENS, LENGTH)
    s = Sequences.of(documents(12), signs)
    rows = pack(s.sizes, 20)
    assert sorted(np.concatenate(rows)) == list(range(12))
    assert len(rows) < 12
    assert max(s.sizes[row].sum() for row in rows) <= 20
    share = np.arange(12.0)
    with torch.no_grad():
        together = training._loss(torch, network, *training._fill_batch(torch, s, share, rows, 20, torch.device("cpu")))
        single = [np.array([i]) for i in range(12)]
        apart = training._loss(torch, network, *training._fill_batch(torch, s, share, single, 20, torch.device("cpu")))
    assert float(together) == pytest.approx(float(apart), rel=1e-5)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_what_is_remembered_changes_nothing_that_is_written(kind):
    model = fitted(but(model=f"{kind}-1m", top_k=1, steps=4))
    prompts = documents(20, 3, least=3)[:, :2]
    rows = model.sample(20, np.random.default_rng(0), prompts=prompts).values[0]
    np.testing.assert_array_equal(rows[:, :2], prompts)
    known = torch.from_numpy(np.concatenate([np.full((20, 1), model.signs.first), prompts], axis=1).astype(np.int64))
    alive = np.ones(20, dtype=bool)
    for t in range(2, LENGTH):
        with torch.no_grad():
            token = model.network(input_ids=known, use_cache=False).logits[:, -1].argmax(-1)
        alive &= token.numpy() != model.signs.end
        np.testing.assert_array_equal(rows[:, t], np.where(alive, token.numpy(), -1))
        known = torch.cat([known, token[:, None]], dim=1)


def test_accumulating_gradients_is_one_larger_batch():
    small, large = fitted(but(accumulate=2)), fitted(but(batch=2))
    held = documents(20, 9)
    np.testing.assert_allclose(small.log_probabilities(held), large.log_probabilities(held), atol=1e-2)


def test_decoding_keeps_what_it_should():
    logits = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]]))
    np.testing.assert_allclose(
        Decoding(temperature=0.5).probabilities(logits)[0], np.array([16, 9, 4, 1]) / 30, rtol=1e-5
    )
    np.testing.assert_allclose(Decoding(top_p=0.6).probabilities(logits)[0], [4 / 7, 3 / 7, 0, 0], rtol=1e-5)
    assert Decoding(temperature=0).probabilities(logits)[0].tolist() == [1, 0, 0, 0]
    less = Decoding(repetition=2.0).probabilities(logits, torch.tensor([[True, False, False, False]]))[0]
    np.testing.assert_allclose(less, np.array([0.16, 0.3, 0.2, 0.1]) / 0.76, rtol=1e-5)
    both = Decoding(0.5, 3, None, 1.2).tighten(2.0, 2, 0.9)
    assert both == Decoding(1.0, 2, 0.9, 1.2)
    drawn = draw(torch, torch.tensor([[0.0, 0.25, 0.0, 0.75, 0.0]]).repeat(4000, 1), torch.Generator().manual_seed(0))
    counts = np.bincount(drawn.numpy(), minlength=5)
    assert counts[[0, 2, 4]].tolist() == [0, 0, 0]
    assert abs(counts[1] - 1000) < 5 * np.sqrt(750)


def test_starts_from_where_it_is_told():
    before = fitted()
    later = documents(40, 2)
    still = {"rate": 1e-12, "steps": 1}
    held = documents(20, 9)
    after = fitted(but(start="previous", **still), later, previous=before)
    np.testing.assert_allclose(after.log_probabilities(held), before.log_probabilities(held), atol=1e-4)
    third = fitted(but(start="base", **still), later, 2, fitted(but(start="base"), later, 1, before))
    np.testing.assert_allclose(third.log_probabilities(held), before.log_probabilities(held), atol=1e-4)
    fresh = fitted(but(**still), later, previous=before)
    assert abs(fresh.log_probabilities(held) - before.log_probabilities(held)).max() > 0.1


def test_prompts_are_real_and_are_not_part_of_what_is_written():
    first = fitted(but(prompt=3, steps=40))
    assert {tuple(p) for p in first.prompts} <= {tuple(d) for d in documents(40)[:, :3]}
    assert (first.prompts >= 0).all()
    second = fitted(but(prompt=3, steps=2), first.sample(40, np.random.default_rng(1)).values[0], 1, first)
    np.testing.assert_array_equal(second.prompts, first.prompts)
    with pytest.raises(InputError, match="the prompt's 3 tokens"):
        fitted(but(prompt=3), documents(9)[:, :2])


@dataclass
class StandIn:
    """What our code asks of vLLM, on a processor: it loads the checkpoint and writes request by request."""

    asked: list = field(default_factory=list)

    def module(self):
        """As a module to be imported."""
        made = ModuleType("vllm")
        made.__spec__ = ModuleSpec("vllm", None)
        made.SamplingParams = lambda **given: given
        made.LLM = self.start
        return made

    def start(self, model, **settings):
        self.asked.append(settings)
        network = transformers.AutoModelForCausalLM.from_pretrained(model)
        return SimpleNamespace(
            generate=lambda prompts, laws, use_tqdm: [self.answer(network, *p) for p in zip(prompts, laws, strict=True)]
        )

    def answer(self, network, prompt, law):
        torch.manual_seed(law["seed"])
        known = torch.tensor([prompt["prompt_token_ids"]])
        with torch.inference_mode():
            whole = network.generate(
                known, attention_mask=torch.ones_like(known), do_sample=True, temperature=law["temperature"],
                top_k=law["top_k"], top_p=law["top_p"], max_new_tokens=law["max_tokens"],
                eos_token_id=law["stop_token_ids"], pad_token_id=law["stop_token_ids"][0],
            )  # fmt: skip
        # The end that stops it is told too.
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=whole[0, known.shape[1] :].tolist())])


def test_vllm_writes_what_the_network_would(monkeypatch):
    there = StandIn()
    monkeypatch.setitem(sys.modules, "vllm", there.module())
    model = fitted(but(steps=60, prompt=2), documents(60, least=4))
    heads = model.prompts[:3].repeat(70, axis=0)
    how = model.recipe, model.network, model.signs, model.decoding
    rows = served.write(*how, heads, LENGTH, seed=1)
    assert rows.shape == (210, LENGTH)
    assert np.array_equal(rows, served.write(*how, heads, LENGTH, seed=1))
    ended = rows < 0
    assert ended.any() and (ended[:, 1:] >= ended[:, :-1]).all(), "nothing follows an end"
    assert rows.max() < TOKENS
    ours = model.sample(2100, np.random.default_rng(0), prompts=heads.repeat(10, axis=0)).values[0, :, 2]
    ours, theirs = ((some[:, None] == np.arange(-1, TOKENS)).mean(0) for some in (ours, rows[:, 0]))
    assert abs(ours - theirs).max() < 5 * 0.5 / np.sqrt(210), "the same law for the first token"
    assert there.asked[0]["max_model_len"] == 1 + 2 + LENGTH


def test_vllm_is_left_alone_where_it_cannot_serve(monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", StandIn().module())

    def serves(device="cuda", **changes):
        family = but(**changes)
        return served.serves(family, SimpleNamespace(device=SimpleNamespace(type=device)), family.decoding)

    assert serves()
    assert not serves("cpu"), "no GPU"
    assert not serves(writer="own")
    assert not serves(repetition=1.2)
    monkeypatch.delitem(sys.modules, "vllm")
    assert not serves(), "not installed"


@pytest.mark.parametrize(
    ("rows", "told"),
    [(np.full((5, LENGTH), -1), "nothing but empty"), (np.where(documents(400) < 9, -1, -1), "nothing but empty")],
)
def test_nothing_to_learn_from_is_a_collapse(rows, told):
    model = fitted(rows=rows.astype(np.int32))
    assert model.collapsed.tolist() == [True]
    assert told in model.reason


def test_a_model_that_writes_only_ends_has_collapsed():
    rows = np.full((200, LENGTH), -1, dtype=np.int32)
    rows[0, 0] = 1
    loop = but(steps=40, rate=5e-2)
    model = loop.fit(Points(rows[None], 1.0 - 0.999 * (rows[None, :, 0] > 0)), np.random.default_rng(0))
    assert model.collapsed.all()
    assert model.reason == "it writes nothing but ends of documents"
    again = fitted(loop, model.sample(20, np.random.default_rng(0)).values[0] * 0 - 1, 1, model)
    assert again.collapsed.all()


def test_a_loss_that_is_no_number_is_a_collapse():
    model = fitted(but(rate=1e30, clip=1e30, steps=20))
    assert model.collapsed.all()
    assert "diverged at step" in model.reason
    assert (model.sample(3, np.random.default_rng(0)).values == -1).all()


KILLED = """
import os, signal, sys
import numpy as np
from pathlib import Path
from kellet import Points
from kellet.families.abilities import Archive
from kellet.families.text.transformer.checkpoints import Checkpoint
sys.path.insert(0, {folder!r})
from test_language import TINY, but, documents
pause = Checkpoint.pause
def dying(self, step, *rest):
    pause(self, step, *rest)
    if step == 8:
        os.kill(os.getpid(), signal.SIGKILL)
Checkpoint.pause = dying
but(save=4).fit(Points(documents(40)[None]), np.random.default_rng(0), archive=Archive(models=Path({models!r})))
"""


def test_a_killed_fit_goes_on_where_it_was_and_gives_the_same_numbers(tmp_path, monkeypatch):
    code = KILLED.format(folder=str(Path(__file__).parent), models=str(tmp_path / "models"))
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    assert [p.suffix for p in (tmp_path / "models").iterdir()] == [".safetensors"]
    begun = []
    restore = Pause.restore
    monkeypatch.setattr(Pause, "restore", lambda self, *rest: begun.append(self.step) or restore(self, *rest))
    archive = Archive(models=tmp_path / "models")
    model = fitted(but(save=4), archive=archive)
    assert begun == [8]
    again = fitted(but(save=4, keep="all"), archive=archive)
    assert begun == [8]
    for one in (model, again):
        for ours, theirs in zip(one.network.parameters(), fitted().network.parameters(), strict=True):
            assert torch.equal(ours, theirs)


def test_another_fit_does_not_take_what_is_kept_for_its_own(tmp_path):
    archive = Archive(models=tmp_path / "models")
    first = fitted(archive=archive)
    for changes in ({"seed": 1}, {"rows": documents(40, 1)}, {"family": but(steps=13)}):
        assert fitted(**changes, archive=archive).digest != first.digest
    assert fitted(but(together=3, save=1), archive=archive).digest == first.digest
    assert not list((tmp_path / "models").glob("*.safetensors"))


@pytest.mark.parametrize(("keep", "left"), [("last", ["2"]), ("all", ["0", "1", "2"]), ("none", [])])
def test_as_many_generations_stay_as_the_recipe_says(tmp_path, keep, left):
    family = but(keep=keep, steps=1)
    archive, model = Archive(models=tmp_path / "models"), None
    for seed in range(3):
        model = fitted(family, seed=seed, previous=model, archive=archive)
    family.tidy(archive)
    there = sorted((tmp_path / "models").glob("*")) if (tmp_path / "models").exists() else []
    assert [p.name.split("-")[1] for p in there] == left


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "mine.txt"
    nouns, places = ["cat", "dog", "owl", "fox"], ["mat", "log", "roof", "hill", "bed"]
    path.write_text(
        "\n\n".join(f"The {a} sat on the {b}, and then the {c} slept." for a in nouns for b in places for c in nouns),
        encoding="utf-8",
    )
    return path


ARMS = {"replace": Arm(), "10 % fresh real": Arm(anchor=Anchor(share=0.1)), "accumulate": Arm(regime=Accumulate())}


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    """The whole experiment, small: 3 arms, 5 generations."""
    out = tmp_path_factory.mktemp("run") / "r"
    family = Language(layers=2, width=32, heads=2, epochs=6, rate=1e-2, save=2, batch=1)
    world = worlds.Text(str(corpus), "words", length=16)
    kellet.run(
        world=world, family=family, size=30, arms=ARMS, generations=5, replicates=1, out=out, judged=30, seed=3
    )  # fmt: skip
    return Run.read(out), out


def test_a_whole_experiment_measures_text_and_keeps_the_last_generation(run):
    found, out = run
    assert np.isfinite(found.data["perplexity"]).all()
    assert found.data["perplexity"].shape == (3, 1, 6)
    assert {p.name.split("-")[1] for p in out.glob("models/*/*")} == {"5"}


def test_a_checkpoint_of_a_generation_loads_in_a_bare_python(run):
    _, out = run
    folder = next(out.glob("models/*/generation-5-*"))
    code = (
        "import sys\nfrom transformers import AutoModelForCausalLM, AutoTokenizer\n"
        f"m, t = (a.from_pretrained({str(folder)!r}) for a in (AutoModelForCausalLM, AutoTokenizer))\n"
        "assert 'kellet' not in sys.modules\n"
        "ids = t('The cat sat', return_tensors='pt').input_ids\n"
        "print(ids.shape[1], m(input_ids=ids).logits.shape[-1], m.config.eos_token_id)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=folder)
    assert told.returncode == 0, told.stderr
    tokens, outputs, end = map(int, told.stdout.split())
    assert (tokens, outputs) == (3, end + 1)
    assert native(folder).size == end


@pytest.mark.parametrize("how", [{}, {"lora": 2}])
def test_a_checkpoint_is_fine_tuned_with_its_own_tokens(run, corpus, how):
    _, out = run
    folder = next(out.glob("models/*/generation-5-*"))
    if how:
        pytest.importorskip("peft")
    world = worlds.Text(str(corpus), length=16, checkpoint=str(folder))
    family = Language(model=str(folder), steps=2, save=1, batch=1, **how)
    experiment = resolve(
        kellet.Experiment(world, family, 20, {"replace": Arm()}, generations=1, replicates=1)
    ).experiment
    assert experiment.family.contents
    evidence = Points(world.open(1).training[None, :20])
    archive = Archive(models=out.parent / f"tuned{len(how)}")
    model = experiment.family.fit(evidence, np.random.default_rng(0), archive=archive)
    held = world.open(1).heldout
    start = msgspec.structs.replace(experiment.family, rate=1e-12).fit(evidence, np.random.default_rng(0))
    assert 0 < abs(model.log_probabilities(held) - start.log_probabilities(held)).max() < 20
    assert type(model.network).__name__ == "GPT2LMHeadModel"
    with pytest.raises(InputError, match="checkpoint = "):
        resolve(kellet.Experiment(worlds.Text(str(corpus), "bytes"), family, 20, {"replace": Arm()}, generations=1))


def test_a_run_that_was_interrupted_trains_nothing_twice(corpus, tmp_path, monkeypatch):
    family = Language(layers=1, width=16, heads=2, steps=4, save=2, batch=1)
    settings = {
        "world": worlds.Text(str(corpus), "words", length=16), "family": family, "size": 20, "generations": 2,
        "replicates": 1, "metrics": ("perplexity", "distinct_pairs"), "judged": 10, "arms": {"replace": Arm()},
    }  # fmt: skip
    whole = kellet.run(**settings).data
    pause, finish = Checkpoint.pause, Checkpoint.finish

    def stopping(self, *rest):
        pause(self, *rest)
        if self.generation == 2:
            raise KeyboardInterrupt

    finished = []
    monkeypatch.setattr(Checkpoint, "finish", lambda s, *rest: finished.append(s.generation) or finish(s, *rest))
    with monkeypatch.context() as context:
        context.setattr(Checkpoint, "pause", stopping)
        with pytest.raises(KeyboardInterrupt):
            kellet.run(**settings, out=tmp_path / "r")
    assert finished == [0, 1]
    again = kellet.run(**settings, out=tmp_path / "r").data
    assert finished == [0, 1, 2]
    assert again.identical(whole)


def test_bad_input_is_told_in_one_line(tmp_path):
    for spelling, said in (
        ("lm:nothing-here", "no such folder"),
        ("lm:gpt2-1m,heads=5", "a width that its heads divide"),
        ("lm:gpt2-1m,top_p=2", "a top_p"),
        ("lm:gpt2-1m,batch=0", "batch of at least 1"),
    ):
        with pytest.raises(InputError, match=said):
            parse_family(spelling).with_checkpoint()
    with pytest.raises(InputError, match="a causal language model that transformers can build"):
        fitted(but(model="nonsense-1m"))
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(InputError, match=r"without config\.json"):
        parse_family(f"lm:{bare}").with_checkpoint()
    fitted().network.save_pretrained(bare)
    with pytest.raises(InputError, match="a checkpoint with its tokeniser"):
        parse_family(f"lm:{bare}").with_checkpoint()
    save_tokeniser(Bytes(), bare)
    with pytest.raises(InputError, match="the 256 tokens of the checkpoint"):
        but(model=str(bare)).with_checkpoint()
    with pytest.raises(InputError, match="at least 9 tokens"):
        fitted(but(model=str(bare), vocabulary=9), documents(9))
    with pytest.raises(InputError, match="at most 8 tokens"):
        fitted(but(model=str(bare), prompt=2))
    with pytest.raises(InputError, match="below the vocabulary"):
        fitted(rows=documents(9) + 1)
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="the device cuda"):
            fitted(but(device="cuda"))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")])
def test_memory_that_runs_out_is_told_with_the_settings_that_save_some(monkeypatch, error):
    def full(*_):
        raise error

    monkeypatch.setattr(training, "_loss", full)
    with pytest.raises(InputError, match="batch=1,accumulate=2, or a smaller length"):
        fitted()


@pytest.mark.parametrize("spec", ["temperature:0.5", "top-k:1", "top-p:0.5", "quality:50%", "dedup:exact"])
def test_text_is_curated_whatever_wrote_it(corpus, spec):
    curation = parse_arm(spec)[1].curation
    world = worlds.Text(str(corpus), "words", length=16)
    vocabulary = world.open(1).tokeniser.size
    for family in (NGram(2, vocabulary=vocabulary), but(vocabulary=vocabulary)):
        loop = generations(world, family, size=20, curation=curation, rng=np.random.default_rng(0))
        next(loop)
        g = next(loop)
        assert 1 <= float(np.max(g.evidence.count)) <= 20
        if spec == "top-k:1" and isinstance(family, Language):
            assert len(np.unique(g.evidence.values[0], axis=0)) == 1


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"pip install '\.\[language\]' in a checkout"):
        fitted()
