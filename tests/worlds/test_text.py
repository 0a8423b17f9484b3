"""Worlds of text: whole documents, frozen tokenisers, and clear words about bad files."""

import json

import numpy as np
import polars as pl
import pytest

from kellet import InputError, worlds
from kellet.data.segmentation import UNKNOWN
from kellet.data.tokens import Bytes, Pairs, Pieces

DOCUMENTS = [f"Document {i}: the cat sat{' on the mat' * (i % 7)}. It said naïve “{i}”." for i in range(40)]
KINDS = ["words", "characters", "bytes"]


def texts(world):
    """The documents of each part, decoded, blocks put together again."""
    source = world.open(1)
    parts = []
    for part in (source.training, source.reserve, source.heldout):
        whole, piece = [], []
        for block in part:
            piece += [t for t in block.tolist() if t >= 0]
            if block[-1] < 0:
                whole.append(source.tokeniser.decode(piece))
                piece = []
        parts.append(whole)
    return parts


def write(path, documents=DOCUMENTS):
    match path.suffix:
        case ".jsonl":
            path.write_text("".join(json.dumps({"id": i, "text": d}) + "\n" for i, d in enumerate(documents)))
        case ".parquet":
            pl.DataFrame({"id": range(len(documents)), "text": documents}).write_parquet(path)
        case ".csv":
            pl.DataFrame({"body": documents}).write_csv(path)
        case ".md":
            path.write_text("\n".join(documents))
        case _:
            path.write_text("\n\n".join(documents))
    return str(path)


@pytest.mark.parametrize("name", ["d.txt", "d.md", "d.jsonl", "d.parquet", "d.csv"])
def test_documents_come_whole_from_any_file_and_each_lands_in_one_part(tmp_path, name):
    # A length that divides no document: a document that fills its last block can't be told from one that goes on.
    training, reserve, heldout = texts(worlds.Text(write(tmp_path / name), "bytes", length=149))
    assert sorted(training + reserve + heldout) == sorted(DOCUMENTS)
    assert (len(training), len(reserve), len(heldout)) == (24, 8, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tokeniser_is_made_from_the_training_split_alone(tmp_path, kind):
    path = write(tmp_path / "d.txt")
    before = worlds.Text(path, kind).open(1)
    heldout = texts(worlds.Text(path, "bytes", length=149))[2]
    changed = [d.replace("cat", "Ωmega") if d in heldout else d for d in DOCUMENTS]
    after = worlds.Text(write(tmp_path / "e.txt", changed), kind).open(1)
    assert after.tokeniser == before.tokeniser
    np.testing.assert_array_equal(after.training, before.training)
    assert (after.heldout == 0).any() == (kind != "bytes")


@pytest.mark.parametrize("kind", ["characters", "bytes", "bpe"])
@pytest.mark.parametrize("text", ["", "plain", "naïve “quoted” 中文\n\ttabs  and spaces"])
def test_what_is_encoded_decodes_to_the_same(kind, text):
    if kind == "bpe":
        pytest.importorskip("tokenizers")
    made = {
        "characters": lambda: Pieces.learn([text], words=False),
        "bytes": Bytes,
        "bpe": lambda: Pairs.learn(DOCUMENTS, 400),
    }
    tokeniser = made[kind]()
    tokens = tokeniser.encode(text)
    assert tokeniser.decode(tokens.tolist()) == text
    assert tokens.dtype == np.int32
    assert tokeniser.widths[tokens].sum() == len(text.encode())
    assert len(tokeniser.stops) == len(tokeniser.widths) == tokeniser.size


def test_words_come_back_with_single_spaces():
    tokeniser = Pieces.learn(["It's  here: (one, two).\nNot there!"], words=True)
    tokens = tokeniser.encode("Not here: (two).  Gone!")
    assert UNKNOWN == "[?]"
    assert tokeniser.decode(tokens) == f"Not here: (two). {UNKNOWN}!"
    assert tokeniser.stops[tokens].sum() == 2


def test_byte_pairs_are_the_same_every_time(tmp_path):
    pytest.importorskip("tokenizers")
    first, second = (Pairs.learn(DOCUMENTS, 350) for _ in range(2))
    assert first.model.to_str() == second.model.to_str()
    source = worlds.Text(write(tmp_path / "d.txt"), "bpe", vocabulary=320).open(1)
    assert source.tokeniser.size == 320
    assert (source.training >= 0).any()


def test_a_vocabulary_keeps_the_most_frequent():
    tokeniser = Pieces.learn(["a a a b b c"], words=True, most=3)
    assert tokeniser.pieces == (UNKNOWN, "a", "b")
    assert tokeniser.encode("c b").tolist() == [0, 2]


def test_what_the_training_split_has_once_is_unknown_so_that_unknown_words_can_be_expected():
    source = worlds.Text(tokens="words").open(1)
    shares = [float((part == 0).sum() / (part >= 0).sum()) for part in (source.training, source.heldout)]
    assert 0 < shares[0] < shares[1] < 0.2
    counts = np.bincount(source.training[source.training >= 0], minlength=source.tokeniser.size)
    assert counts.min() >= 2


def test_a_text_whose_words_all_differ_keeps_them(tmp_path):
    path = write(tmp_path / "d.txt", [f"only{i}" for i in range(20)])
    assert worlds.Text(path, "words", length=2).open(1).tokeniser.size == 1 + 12


def test_long_documents_are_cut_and_no_block_holds_two(tmp_path):
    world = worlds.Text(write(tmp_path / "d.txt", ["x" * n for n in range(1, 41)]), "characters", length=8)
    source = world.open(1)
    for part in (source.training, source.reserve, source.heldout):
        # Once a block has ended it stays ended.
        assert (np.diff((part < 0).astype(int), axis=1) >= 0).all()
    every = np.concatenate([source.training, source.reserve, source.heldout])
    assert (every >= 0).sum() == sum(range(1, 41))
    assert len(every) == sum(-(-n // 8) for n in range(1, 41))


def test_the_same_seed_splits_alike_and_another_otherwise(tmp_path):
    path = write(tmp_path / "d.txt")
    a, b, c = (texts(worlds.Text(path, "bytes", length=149, seed=seed))[0] for seed in (0, 0, 1))
    assert a == b
    assert a != c


def test_a_text_without_blank_lines_is_read_line_by_line(tmp_path):
    path = tmp_path / "d.txt"
    path.write_text("\n".join(DOCUMENTS))
    assert worlds.Text(str(path)).sight().count == 40
    with pytest.raises(
        InputError,
        match=r'at least 10 documents.* got 1 in .* Try documents = "lines" .--documents lines., which gives 40',
    ):
        worlds.Text(str(path), documents="paragraphs").open(1)


def test_each_file_can_be_a_document(tmp_path):
    for i in range(12):
        (tmp_path / f"{i}.txt").write_text("One.\n\nTwo.\n\nThree.")
    assert worlds.Text(str(tmp_path), length=2, documents="files").sight().count == 12
    assert worlds.Text(str(tmp_path), length=2).sight().count == 36


def test_empty_documents_are_dropped_and_counted(tmp_path):
    sight = worlds.Text(write(tmp_path / "d.jsonl", [*DOCUMENTS, "", "  ", "\n"])).sight()
    assert sight.count == 40
    assert "3 empty rows are left out." in sight.notes


def test_the_built_in_text_needs_no_file():
    assert worlds.Text().sight().count > 1000
    assert len(worlds.Text().open(1).training) > 1000


def test_another_text_under_the_same_path_is_refused(tmp_path):
    path = write(tmp_path / "d.txt")
    with pytest.raises(InputError, match="digest"):
        worlds.Text(path, digest="0" * 16).open(1)


BAD = {
    "only empty documents": ("d.jsonl", b'{"text": ""}\n{"text": " "}\n', "2 empty ones"),
    "too few documents": ("d.txt", b"one\n\ntwo\n\nthree", "at least 10 documents"),
    "less than a block": ("d.txt", b"a\n\n" * 12, "at least one block of 64 tokens"),
    "no column of text": ("d.jsonl", b'{"a": 1}\n{"a": 2}\n', 'a column "text"'),
    "two columns of strings": ("d.jsonl", b'{"a": "x", "b": "y"}\n', 'a column "text"'),
}  # fmt: skip


@pytest.mark.parametrize("key", list(BAD))
def test_a_text_that_cannot_be_used_is_refused_with_a_sentence(tmp_path, key):
    name, content, said = BAD[key]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^expected .*; got .*\. Try ") as told:
        worlds.Text(str(path)).open(1)
    assert said in str(told.value)


@pytest.mark.parametrize(
    "wrong",
    [{"length": 1}, {"vocabulary": 1}, {"tokens": "bytes", "vocabulary": 100}, {"tokens": "bpe", "vocabulary": 100}],
)
def test_settings_that_cannot_be_are_refused(wrong):
    if wrong.get("tokens") == "bpe":
        pytest.importorskip("tokenizers")
    with pytest.raises(InputError, match=r"^expected .*; got .*\. Try "):
        worlds.Text(**wrong).open(1)


def test_a_column_that_is_not_there_is_refused(tmp_path):
    path = write(tmp_path / "d.jsonl")
    with pytest.raises(InputError, match=r"a column of text; got 'id', where there are only numbers.* --columns text"):
        worlds.Text(path, columns=("id",)).open(1)
    with pytest.raises(InputError, match=r"one of the columns 'id', 'text'; got 'txt'.* Try --columns text"):
        worlds.Text(path, columns=("txt",)).open(1)


SENTENCES = ["我用 Python 写程序，很喜欢。", "今天天气很好！", "她喝咖啡。"]


def test_a_text_without_spaces_is_read_character_by_character_and_that_is_said(tmp_path):
    path = write(tmp_path / "d.txt", SENTENCES * 10)
    world = worlds.Text(path, length=16)
    assert "Chinese is written without spaces: every character is taken for a word." in world.sight().notes
    assert sorted({text for part in texts(world) for text in part}) == sorted(SENTENCES)
    words = worlds.Words(path)
    assert {"我", "python", "很"} < set(words.labels)
    assert "Chinese is written without spaces: every character is taken for a word." in words.sight().notes
    assert not any("spaces" in note for note in worlds.Text(write(tmp_path / "e.txt")).sight().notes)


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\u2028", "\x85"])
def test_line_ends_make_no_difference(tmp_path, ends):
    plain, other = tmp_path / "plain.txt", tmp_path / "other.txt"
    whole = "\n\n".join(f"{d}\nIt goes on." for d in DOCUMENTS)
    plain.write_bytes(whole.encode())
    other.write_bytes(b"\xef\xbb\xbf" + whole.replace("\n", ends).encode())
    for kind in ("words", "characters"):
        a, b = (worlds.Text(str(path), kind).open(1) for path in (plain, other))
        np.testing.assert_array_equal(a.training, b.training)
        assert a.tokeniser == b.tokeniser
    assert worlds.Words(str(plain)).labels == worlds.Words(str(other)).labels


def test_what_is_seen_of_a_table_says_which_columns_are_text(tmp_path):
    path = tmp_path / "d.jsonl"
    rows = [{"id": i, "instruction": f"Add {i} and {i}.", "input": "", "output": f"It is {i + i}."} for i in range(20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    sight = worlds.Text(str(path), length=8).sight()
    assert (sight.form, sight.count) == ("text", 20)
    assert "one document a row, from the columns “instruction”, “input” and “output”" in sight.read
    assert "The column “id” is left out." in sight.notes
    source = worlds.Text(str(path), length=32).open(1)
    assert source.tokeniser.decode(source.training[0][:3]) == "instruction: Add"
    assert worlds.Text(str(path), length=8, columns=("output",)).sight().read[0].endswith("from the column “output”")
