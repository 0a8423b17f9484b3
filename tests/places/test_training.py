"""Audits beside a Trainer: training is bit for bit what it is without them, and ends where something is lost."""

import random

import numpy as np
import pytest

import kellet
from kellet import InputError
from kellet.places.watching import Watch, count_texts
from kellet.places.writing import Writer, find_first, undisturbed
from kellet.profile.profile import Profile
from kellet.profile.tally import FINE

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.filterwarnings("ignore")

WORDS, END = [f"w{i}" for i in range(60)], 60
KEYS = ("value", "low", "high", "zero")


def make_tokenizer(**signs):
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: i for i, word in enumerate([*WORDS, "<e>", "<u>"])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<u>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<u>", **signs)


def write(seed, n=60, power=1.1, words=60):
    rng, p = np.random.default_rng(seed), np.arange(1, words + 1.0) ** -power
    return [" ".join(f"w{i}" for i in rng.choice(words, 8, p=p / p.sum())) for _ in range(n)]


REAL, LOST = write(0, 200, words=1000), write(3, 200, power=2, words=1000)


@pytest.fixture
def trainer(tmp_path):
    """Makes trainers of a tiny model with dropout, which begins the same each time."""

    def make(steps=4, **options):
        torch.manual_seed(0)
        random.seed(0)
        tokenizer = make_tokenizer(eos_token="<e>", pad_token="<e>")
        ids = [[*tokenizer(text)["input_ids"], END] for text in write(0)]
        rows = [{"input_ids": one, "labels": one, "attention_mask": [1] * len(one)} for one in ids]
        config = transformers.GPT2Config(
            vocab_size=62, n_layer=1, n_head=2, n_embd=8, n_positions=16, bos_token_id=END, eos_token_id=END
        )
        arguments = transformers.TrainingArguments(
            str(tmp_path), max_steps=steps, eval_strategy="steps", eval_steps=2, report_to=[], save_strategy="no",
            use_cpu=True, disable_tqdm=True, logging_steps=1, **options,
        )  # fmt: skip
        model = transformers.GPT2LMHeadModel(config)
        return transformers.Trainer(
            model, arguments, train_dataset=rows, eval_dataset={"a": rows[:8], "b": rows[8:16]},
            processing_class=tokenizer,
        )  # fmt: skip

    return make


def end(trainer):
    """What training leaves behind."""
    trainer.train()
    weights = torch.cat([part.detach().ravel() for part in trainer.model.parameters()])
    return weights, torch.get_rng_state(), random.getstate(), trainer.model.training


def test_training_is_bit_for_bit_what_it_is_without(trainer):
    plain = end(trainer())
    watched = trainer()
    callback = kellet.audit_training(watched, write(0), n=40, length=8)
    assert isinstance(callback, transformers.TrainerCallback)
    weights, *others = end(watched)
    assert torch.equal(weights, plain[0])
    assert torch.equal(others[0], plain[1])
    assert others[1:] == list(plain[2:])
    # Two data sets are evaluated at each step, and one look is taken.
    assert [look.name for look in callback.watch.looks] == ["step 2", "step 4"]
    assert [look.documents for look in callback.watch.looks] == [40, 40]


def test_the_trainer_logs_what_is_rare_and_what_is_invented(trainer):
    watched = trainer()
    callback = kellet.audit_training(watched, write(0), n=40, length=8)
    watched.train()
    logged = [one for one in watched.state.log_history if "eval_verdict" in one]
    assert [one["step"] for one in logged] == [2, 4]
    wanted = {"eval_verdict", *(f"eval_{name}/{key}" for name in ("rare", "invented") for key in KEYS)}
    assert logged[0].keys() - {"epoch", "step"} == wanted
    rare = callback.watch.looks[1].findings[0]
    assert (rare.measure, logged[1]["eval_rare/value"]) == ("rare", rare.value)
    assert rare.fresh == logged[1]["eval_rare/zero"]


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ({"stop": True}, 2),
        ({"stop": True, "after": 3}, 4),
        ({"stop": True, "gates": ["rare>=0.9"]}, 2),
        ({"stop": True, "gates": ["invented<=9"]}, 6),
        ({}, 6),
    ],
)
def test_training_ends_where_something_is_lost(trainer, options, last):
    watched = trainer(6)
    kellet.audit_training(watched, REAL, sample=lambda model, tokenizer: LOST, **options)
    watched.train()
    assert watched.state.global_step == last


def test_a_metric_of_an_audit_can_choose_the_best_model(trainer):
    watched = trainer()
    kellet.audit_training(watched, write(0), n=40, length=8)
    assert watched.evaluate()["eval_verdict"] in range(5)


@pytest.mark.parametrize("fault", [lambda *_: 1 / 0, lambda *_: "a text", lambda *_: [3], lambda *_: ["few"]])
def test_a_sample_that_fails_is_a_warning(trainer, fault):
    watched = trainer()
    callback = kellet.audit_training(watched, write(0), sample=fault, stop=True)
    with pytest.warns(UserWarning, match="No audit at step 2: "):
        watched.train()
    assert (watched.state.global_step, callback.watch.looks) == (4, [])


@pytest.mark.parametrize(
    ("reference", "options", "told"),
    [
        ("nowhere.jsonl", {}, "nowhere"),
        (["one"] * 3, {}, "at least 8 documents"),
        (np.zeros((9, 8, 8), np.uint8), {}, "texts"),
        (write(0), {"gates": ["rarely>=1"]}, "one of the measures"),
        (write(0), {"n": 3}, "n of at least 8"),
        (write(0), {"looks": 0}, "looks of at least 1"),
        (Profile(np.full(FINE, 9), {}), {}, "a profile of texts"),
    ],
)
def test_what_is_bad_is_told_before_training(trainer, reference, options, told):
    with pytest.raises(InputError, match=told):
        kellet.audit_training(trainer(), reference, **options)


def test_who_can_not_write_is_told_before_training(trainer):
    watched = trainer()
    watched.is_fsdp_enabled = True
    with pytest.raises(InputError, match="whole in one process"):
        kellet.audit_training(watched, write(0))
    watched.is_fsdp_enabled, watched.processing_class = False, None
    with pytest.raises(InputError, match="processing_class"):
        kellet.audit_training(watched, write(0))
    with pytest.raises(InputError, match="first token"):
        find_first(make_tokenizer())


def test_what_is_written_is_the_models_own_law(trainer):
    """All is equally likely for a model of zeros: shares of words, of the end and of prompts are multinomial."""
    watched = trainer()
    with torch.no_grad():
        for part in watched.model.parameters():
            part.zero_()
    watched.model.generation_config.top_k, watched.model.generation_config.temperature = 5, 0.1
    with undisturbed(watched.model, 1):
        texts = Writer(400, 8, 150, ("w1 w2", "w3")).sample(watched.model, watched.processing_class)
    words = " ".join(texts).split()
    assert len(texts) == 400
    # Each of 62 outputs has the same chance, the end and the unknown too: of 8 tokens some end before.
    shown = np.array([words.count(word) for word in WORDS])
    assert abs(shown - shown.mean()).max() < 4.5 * np.sqrt(shown.mean())
    whole = sum(len(text.split()) for text in texts) / 400
    expected = sum((61 / 62) ** k for k in range(8)) * 60 / 61 * 61 / 62
    assert abs(whole - expected) < 4 * 2.5 / np.sqrt(400)


def test_real_texts_are_cut_to_what_the_model_could_write():
    assert Writer(9, 3, 9).cut(["w1 w2 w3 w4", "w5 other"], make_tokenizer(eos_token="<e>")) == ["w1 w2 w3", "w5"]


def test_looks_share_a_level_and_then_never_alarm():
    watch = Watch(count_texts(REAL, "texts"), lambda *_: LOST, ("rare>=0.9",), 2, 0)
    model = torch.nn.Linear(1, 1)
    seen = [watch.look(model, None, str(t)).verdict for t in range(2)]
    assert seen == ["lost", "lost"]
    assert watch.alarm
    with pytest.warns(UserWarning, match="2 looks"):
        assert watch.look(model, None, "3").verdict != "lost"
    assert not watch.alarm


def test_a_gate_alone_is_no_alarm_where_chance_could_have_done_it():
    """A gate rests on an approximation, at 2.5 %: whether there is anything to it the exact test says."""
    fresh = write(9, 200, words=1000)
    watch = Watch(count_texts(REAL, "texts"), lambda *_: fresh, ("rare>=2",), 20, 0)
    watch.look(torch.nn.Linear(1, 1), None, "step 1")
    assert (watch.gates[0].passed, watch.alarm) == (False, "")
