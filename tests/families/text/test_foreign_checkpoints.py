"""A checkpoint is weights and settings: what else lies in its folder never runs."""

import json
import os
from pathlib import Path

import pytest

from kellet import InputError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from kellet.families.text.transformer.networks import load  # noqa: E402

LORA = {
    "peft_type": "LORA", "r": 2, "target_modules": ["c_attn"], "task_type": "CAUSAL_LM", "fan_in_fan_out": True,
}  # fmt: skip
CODE = {"auto_map": {"AutoConfig": "code.C", "AutoModelForCausalLM": "code.M"}}


class Evil:
    """What a pickle can do."""

    def __reduce__(self):
        return os.system, ("touch ran",)


def write(folder, changes=None):
    """A tiny checkpoint whose settings have been changed."""
    config = transformers.GPT2Config(n_layer=1, n_head=1, n_embd=8, vocab_size=20, n_positions=16)
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    plain = json.loads((folder / "config.json").read_text()) | (changes or {})
    (folder / "config.json").write_text(json.dumps(plain))
    (folder / "code.py").write_text("open('ran', 'w')")
    return folder


def pickled(folder):
    (write(folder) / "model.safetensors").unlink()
    torch.save({"x": Evil()}, folder / "pytorch_model.bin")


def disguised(folder):
    torch.save({"x": Evil()}, write(folder) / "model.safetensors")


def adapted(folder):
    base = write(folder.with_name("base"))
    (write(folder) / "adapter_config.json").write_text(json.dumps(LORA | {"base_model_name_or_path": str(base)}))
    torch.save({"x": Evil()}, folder / "adapter_model.bin")


def coded(folder):
    write(folder, CODE | {"model_type": "strange"})


@pytest.mark.slow
@pytest.mark.parametrize("make", [pickled, disguised, adapted, coded])
def test_pickles_and_code_in_a_checkpoint_are_refused_in_one_line(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "checkpoint")
    with pytest.raises(InputError, match="a checkpoint of a causal language model"):
        load(tmp_path / "checkpoint")
    assert not Path("ran").exists()


@pytest.mark.slow
def test_code_beside_a_network_that_transformers_knows_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert type(load(write(tmp_path / "checkpoint", CODE))).__name__ == "GPT2LMHeadModel"
    assert not Path("ran").exists()
