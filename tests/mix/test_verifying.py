import json
from base64 import b64decode, b64encode

import msgspec
import polars as pl
import pytest

from kellet.errors import InputError
from kellet.mix.manifest import NAME, read
from kellet.mix.proving import check_proof, prove
from kellet.mix.recipe import GENERATION, ORIGIN
from kellet.mix.verifying import verify


def faults(folder, **options):
    return " ".join(verify(folder, **options).faults)


def edit(folder, change, number=1):
    """A shard, written anew with something changed."""
    path = folder / f"data-{number:05}.parquet"
    frame = pl.read_parquet(path)
    change(frame).write_parquet(path)


def relabel(frame, rows, origin, generation):
    here = pl.int_range(pl.len()).is_in(rows)
    return frame.with_columns(
        pl.when(here).then(pl.lit(origin)).otherwise(ORIGIN).alias(ORIGIN),
        pl.when(here).then(pl.lit(generation, pl.Int32)).otherwise(GENERATION).alias(GENERATION),
    )


def test_what_was_written_is_accepted(mix):
    assert verify(mix).exit_code == 0 and verify(mix, deep=True).faults == ()
    assert faults(mix, against=read(mix).root) == ""


def test_another_root_is_told(mix):
    assert "this is another mix" in faults(mix, against="0" * 64)


@pytest.mark.parametrize("place", [4, 100, 700, -5])
def test_a_changed_byte_is_named(mix, place):
    path = mix / "data-00002.parquet"
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    assert "data-00002.parquet was changed" in faults(mix)


def test_a_changed_row_is_named(mix):
    edit(mix, lambda frame: frame.with_columns(pl.when(pl.col("x") == 15.5).then(99).otherwise("x").alias("x")))
    assert "data-00001.parquet: row 3 is not what it was" in faults(mix)


def test_a_dropped_shard_is_named(mix):
    (mix / "data-00003.parquet").unlink()
    assert "data-00003.parquet is missing, with its 60 rows" in faults(mix)


def test_an_added_shard_is_named(mix):
    (mix / "data-00009.parquet").write_bytes((mix / "data-00000.parquet").read_bytes())
    assert "data-00009.parquet is there" in faults(mix)


def test_a_dropped_row_is_told(mix):
    edit(mix, lambda frame: pl.concat([frame[:30], frame[31:]]))
    found = faults(mix)
    assert "has 59 rows, and had 60" in found and "of rows 21 to 40 some were changed" in found


def test_a_relabelled_row_is_named(mix):
    frame = pl.read_parquet(mix / "data-00001.parquet")
    row = frame.with_row_index().filter(pl.col(ORIGIN) == "gpt")["index"][0]
    edit(mix, lambda frame: relabel(frame, [row], "real", 0))
    found = faults(mix)
    assert f"data-00001.parquet: row {row + 1} has another label; it was gpt, generation 1." in found
    assert "rows of real; its share is 4.2" in found


def test_a_swap_between_origins_is_named(mix):
    frame = pl.read_parquet(mix / "data-00001.parquet").with_row_index()[:20]
    gpt, real = (int(frame.filter(pl.col(ORIGIN) == name)["index"][1]) for name in ("gpt", "real"))
    edit(mix, lambda frame: relabel(relabel(frame, [gpt], "real", 0), [real], "gpt", 1))
    assert f"rows {real + 1} and {gpt + 1} have changed labels" in faults(mix)


def test_rows_that_changed_places_are_named(mix):
    edit(mix, lambda frame: frame[[*range(21), 33, *range(22, 33), 21, *range(34, 60)]])
    assert "rows 22 and 34 have changed places" in faults(mix)


def test_an_edited_manifest_is_told(mix):
    found = json.loads((mix / NAME).read_text())
    found["counts"][0]["rows"] += 1
    (mix / NAME).write_text(json.dumps(found))
    told = faults(mix)
    assert "The manifest was changed" in told and "the manifest says 61" in told


def test_a_file_that_cannot_be_read_is_told(mix):
    (mix / "data-00000.parquet").write_bytes(b"nothing")
    assert "data-00000.parquet can't be read" in faults(mix)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b'{"schema":"kellet/mix/1"}', b"[" * 100_000])
def test_what_is_no_manifest_is_refused(mix, raw):
    (mix / NAME).write_bytes(raw)
    with pytest.raises(InputError, match="a manifest of a mix"):
        verify(mix)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(InputError, match="without a manifest"):
        verify(tmp_path)


def test_a_row_is_proved_to_be_in_a_mix(mix):
    found = read(mix)
    for name, row in (("data-00000.parquet", 0), ("data-00004.parquet", 37)):
        frame = pl.read_parquet(mix / name)
        proof = prove(mix, frame["_kellet_id"][row])
        assert check_proof(proof, found.rows) and proof.root == found.root
        assert proof.sentence.endswith(
            ("given as real.", f"by the model {proof.origin}, generation {proof.generation}.")
        )
        assert (proof.origin, proof.generation) == (frame[ORIGIN][row], frame[GENERATION][row])
        assert not check_proof(msgspec.structs.replace(proof, id="0" * 32), found.rows)
        assert not check_proof(proof, "0" * 64)
        assert not check_proof(msgspec.structs.replace(proof, generation=7), found.rows)
        other = b64encode(bytes(20) + b64decode(proof.entries)[20:]).decode()
        assert not check_proof(msgspec.structs.replace(proof, entries=other, inside=1), found.rows)


@pytest.mark.parametrize("identity", ["", "x" * 32, "0" * 32])
def test_a_row_that_is_not_there_is_not_proved(mix, identity):
    with pytest.raises(InputError, match="the identity of a row"):
        prove(mix, identity)
