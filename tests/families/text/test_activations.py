"""GPT-2's GELU, quickened: the same function, with the same derivative."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from kellet.families import Language  # noqa: E402
from kellet.families.text.transformer import activations, networks  # noqa: E402

GELU = activations._gelu()()


@pytest.mark.parametrize("chunk", [1, 40, 2**19])
def test_values_and_slopes_are_those_of_pytorch(chunk, monkeypatch):
    monkeypatch.setattr(activations, "CHUNK", chunk)
    x = torch.cat([torch.linspace(-12, 12, 995), torch.tensor([0.0, -0.0, 1e4, -1e4, 1e-30])]).reshape(4, 25, 10)
    x.requires_grad_()
    up = torch.linspace(1, 2, 1000).reshape(4, 25, 10)
    ours, theirs = GELU(x), torch.nn.functional.gelu(x, approximate="tanh")
    assert (ours - theirs).abs().max() < 2e-6
    ours, theirs = (torch.autograd.grad(y, x, up)[0] for y in (ours, theirs))
    assert (ours - theirs).abs().max() < 1e-5


def test_slopes_are_those_of_the_values():
    x = torch.linspace(-4, 4, 30, dtype=torch.float64).reshape(3, 10).requires_grad_()
    assert torch.autograd.gradcheck(GELU, (x,))


def test_nothing_is_remembered_where_nothing_is_learnt():
    with torch.inference_mode():
        y = GELU(torch.ones(2, 3))
    assert not y.requires_grad
    assert y[0, 0] == pytest.approx(0.841192, abs=1e-6)


def test_new_and_kept_networks_have_it(tmp_path):
    network, _ = networks.begin(Language(model="gpt2-1m", layers=2, width=8, heads=2), 20, 16)
    tokens = torch.arange(12).reshape(1, 12)
    network.save_pretrained(tmp_path)
    kept = networks.load(tmp_path)
    plain = type(network).from_pretrained(tmp_path).eval()
    for one in (network, kept):
        assert sum(type(module) is type(GELU) for module in one.modules()) == 2
        with torch.inference_mode():
            assert (one(tokens).logits - plain(tokens).logits).abs().max() < 1e-5
