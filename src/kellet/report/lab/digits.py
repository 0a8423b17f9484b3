"""The handwritten digits that the lab carries: `kellet.worlds.Digits`, packed into one short script.

``python -m kellet.report.lab.digits`` writes the script again; a test compares it with the world.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.source import split
from kellet.evidence import Array
from kellet.metrics.real import real_of
from kellet.metrics.spread import find_directions
from kellet.worlds.digits import SEEN, Digits

SCRIPT = Path(__file__).parent / "scripts" / "compute" / "handwriting.js"
STEPS = 127
NOTICE = """\
// Pictures from E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
// (1998), CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), as scikit-learn carries them; changed: as their
// main components, rounded.
"""


def pack_digits() -> dict[str, Any]:
    r"""What the lab knows of the real digits, as plain values.

    training, reserve, components: base64 of signed bytes, rows of numbers in units of ``scales`` (d,) for pictures (N,
    d) and of ``turn`` for components (d, 64); rounding adds at most a 30,000th part to a variance.  mean: (64,), ink of
    0 to 16.  labels: of the training pictures.  counts: of each digit, as shares are counted from.  doubt: the score
    under which a picture is unreadable.  spread: :math:`\ln\det` of the real covariance.  fresh: which share of the
    held-out real pictures is read as each digit, the zero of what a model writes.
    """
    world = Digits(dims=SEEN)
    source = world.open()
    classes = source.classes
    assert classes is not None
    points = np.concatenate([source.training, source.reserve])
    scales = abs(points).max(axis=0) / STEPS
    pixels, labels = _read_training(world.seed)
    mean = pixels.mean(axis=0)
    # The points are the pixels through orthogonal components, which their squares give back.
    components = (source.training / (source.training**2).sum(axis=0)).T @ (pixels - mean)
    turn = float(abs(components).max()) / STEPS
    return {
        "dims": SEEN,
        "scales": scales.round(9).tolist(),
        "training": _pack(source.training / scales),
        "reserve": _pack(source.reserve / scales),
        "turn": round(turn, 9),
        "components": _pack(components / turn),
        "mean": mean.round(4).tolist(),
        "labels": "".join(map(str, labels)),
        "shares": classes.shares.round(9).tolist(),
        "doubt": round(classes.doubt, 6),
        "spread": round(find_directions(real_of(source), None).log, 9),
        "fresh": classes.shares_of(source.heldout[None])[0].round(9).tolist(),
    }


def write_script() -> str:
    """The script that the lab carries."""
    return f"{NOTICE}lab.realDigits = {json.dumps(pack_digits(), separators=(',', ':'))};\n"


def _read_training(seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Pixels (N, 64) and labels (N,) of the training pictures."""
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    training = split(len(data.data), seed)[0]
    return data.data[training], data.target[training]


def _pack(steps: Array) -> str:
    return b64encode(steps.round().astype(np.int8).tobytes()).decode()


if __name__ == "__main__":
    SCRIPT.write_text(write_script(), encoding="utf-8")
