"""A tokeniser that is written down for a checkpoint reads as it did."""

import json

import numpy as np
import pytest

from kellet.data.tokenizers import foreign, native
from kellet.data.tokens import Bytes, Pairs, Pieces
from kellet.errors import InputError

pytest.importorskip("tokenizers")

TEXT = "Don’t be,\n\nor not   to bé! naïve ☃ __x__ 3.14 a'b'c"


@pytest.mark.parametrize(
    "make",
    [
        Bytes,
        lambda: Pieces.learn([TEXT], words=True),
        lambda: Pieces.learn([TEXT[:20]], words=True),
        lambda: Pieces.learn([TEXT], words=False),
        lambda: Pieces.learn([TEXT[:9]], words=False),
        lambda: Pairs.learn([TEXT] * 5, 300),
    ],
    ids=["bytes", "words", "few words", "characters", "few characters", "pairs"],
)
def test_it_gives_the_same_tokens_and_widths(make, tmp_path):
    ours = make()
    foreign(ours).save(str(tmp_path / "tokenizer.json"))
    theirs = native(tmp_path)
    assert theirs.size == ours.size
    np.testing.assert_array_equal(theirs.encode(TEXT), ours.encode(TEXT))
    np.testing.assert_array_equal(theirs.widths, ours.widths)


def test_what_marks_the_ends_of_documents_is_left_out(tmp_path):
    from tokenizers.processors import TemplateProcessing

    model = foreign(Pieces.learn([TEXT], words=True))
    model.add_special_tokens(["<s>"])
    model.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", model.token_to_id("<s>"))])
    model.save(str(tmp_path / "tokenizer.json"))
    assert native(tmp_path).encode("or not").tolist() == Pieces.learn([TEXT], words=True).encode("or not").tolist()


def test_a_folder_without_a_tokeniser_is_told_in_one_line(tmp_path):
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        native(tmp_path)
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": 3}), encoding="utf-8")
    with pytest.raises(InputError, match="a tokeniser that the package tokenizers reads"):
        native(tmp_path)
