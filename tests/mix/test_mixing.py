"""For any inputs and settings either a refusal, or a mix that holds what was asked."""

import json
import shutil
import tempfile
from collections import Counter
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kellet
from kellet.data import shards
from kellet.errors import InputError
from kellet.mix import layout, ledger, scattering
from kellet.mix import manifest as manifests
from kellet.mix.identity import identify, spell_identities
from kellet.mix.merkle import enter, find_root, hash_window
from kellet.mix.recipe import parse_anchor

OWN = ["_kellet_origin", "_kellet_generation", "_kellet_id", "_kellet_stratum"]


def write_rows(path, name, many):
    """Rows that all differ, with a label that is common, one that isn't, and a rare one; as the ending says."""
    label = ["c" if i % 70 == 5 else "b" if i % 10 == 3 else "a" for i in range(many)]
    frame = pl.DataFrame({"word": [f"{name} {i}" for i in range(many)], "x": np.arange(many) / 3, "label": label})
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_ndjson(path)
    return frame


def read_mix(folder):
    """Its rows in their order, and its manifest."""
    found = manifests.read(folder)
    read = pl.read_parquet if found.recipe.format == "parquet" else pl.read_ndjson
    parts = [read(folder / shard.file.name) for shard in found.shards]
    assert [part.height for part in parts] == [shard.rows for shard in found.shards]
    return pl.concat(parts, how="vertical_relaxed"), found


def is_rounded(found, exact):
    return floor(exact) <= found <= ceil(exact)


def check_root(rows, found):
    """Rows and manifest are what their roots say."""
    ids = np.frombuffer(bytes.fromhex("".join(rows["_kellet_id"])), "V16")
    origins = np.array([found.origins.index(name) for name in rows["_kellet_origin"]])
    entries = enter(ids, origins, rows["_kellet_generation"].to_numpy())
    window = found.recipe.window
    # Windows are whole in each shard.
    leaves = [hash_window(entries[i : i + window]) for i in range(0, len(entries), window)]
    assert find_root(leaves).hex() == found.rows
    assert manifests.find_root(found) == found.root


@settings(max_examples=40)
@given(st.data())
def test_any_mix_is_refused_or_holds_what_was_asked(data):
    draw = data.draw
    folder = Path(tempfile.mkdtemp())
    ending = draw(st.sampled_from([".parquet", ".csv", ".jsonl"]))
    sizes = draw(st.lists(st.integers(5, 80), min_size=1, max_size=4))
    names = ["real", *(f"m{i}" for i in range(1, len(sizes)))]
    offered = {
        name: write_rows(folder / f"{name}{ending}", name, many) for name, many in zip(names, sizes, strict=True)
    }
    size = draw(st.integers(1, 80))
    anchor = draw(
        st.one_of(
            st.integers(0, size).map(str),
            st.integers(0, 100).map("{}%".format),
            st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda p: f"{p[0]}.45:{p[1]}"),
        )
    )
    stratify = draw(st.sampled_from([None, "label"]))
    repeat, window = draw(st.integers(1, 3)), draw(st.integers(1, 40))
    weights = draw(
        st.one_of(st.none(), st.fixed_dictionaries({n: st.sampled_from([0, 0.01, 1, 1.45]) for n in names[1:]}))
    )
    recipe = {
        "size": size, "anchor": anchor, "stratify": stratify, "repeat": repeat, "window": window, "weights": weights,
        "least": draw(st.integers(0, 3)), "shuffle": draw(st.sampled_from(["rows", "shards"])),
        "fixed": draw(st.booleans()), "floor": draw(st.sampled_from([0.0, 0.1])), "seed": draw(st.integers(0, 3)),
        "generation": draw(st.integers(1, 3)), "format": draw(st.sampled_from(["parquet", "jsonl"])),
    }  # fmt: skip
    synthetic = {name: folder / f"{name}{ending}" for name in names[1:]}
    out = folder / "mix"
    try:
        kellet.mix(folder / f"real{ending}", synthetic, out=out, **recipe)
    except (kellet.RefusalError, InputError):
        assert {path.name for path in folder.iterdir()} == {f"{name}{ending}" for name in names}
        return
    finally:
        kept, found = read_mix(out) if out.exists() else (None, None)
        shutil.rmtree(folder)
    check_root(kept, found)
    check_shares(kept, found, size, parse_anchor(anchor, size), offered, weights)
    check_windows(kept, size, window, stratify)
    check_rows(kept, offered, repeat, ending)


def check_shares(kept, found, size, anchor, offered, weights):
    """Totals are what was asked, but for one row, and what is recorded."""
    many = Counter(kept["_kellet_origin"])
    assert len(kept) == size
    assert is_rounded(many["real"], anchor)
    written = size - many["real"]
    heavy = {
        name: Fraction(str(weights[name])) if weights else len(offered[name]) for name in offered if name != "real"
    }
    for name, weight in heavy.items():
        share = Fraction(written * weight) / sum(heavy.values()) if written else 0
        assert is_rounded(many[name], share)
        assert many[name] > 0 or not share
    told = Counter()
    for count in found.counts:
        told[count.origin] += count.rows
    assert told == many
    assert min(many["real"] / size, 1) >= found.recipe.floor


def check_windows(kept, size, window, stratify):
    """Each window has its share of real rows and of each source, and real rows so far their share of each stratum."""
    origins = kept["_kellet_origin"].to_list()
    total = Counter(origins)
    for start in range(0, size - window + 1, window):
        here = Counter(origins[start : start + window])
        for name in total:
            assert is_rounded(here[name], Fraction(window * total[name], size))
    if stratify:
        strata = kept["_kellet_stratum"].to_list()
        assert all((stratum is None) == (origin != "real") for stratum, origin in zip(strata, origins, strict=True))
        real = Counter(stratum for stratum in strata if stratum is not None)
        for stop in [*range(window, size, window), size]:
            so_far = Counter(stratum for stratum in strata[:stop] if stratum is not None)
            for name, many in real.items():
                assert is_rounded(so_far[name], Fraction(so_far.total() * many, real.total()))


def check_rows(kept, offered, repeat, ending):
    """Rows are those that were offered, with their labels and identities, none too often."""
    content = kept.drop(OWN, strict=False)
    if ending == ".csv":
        # Words, as written.
        assert set(content.dtypes) == {pl.String}
        offered = {name: frame.select(pl.col("word"), "x", "label") for name, frame in offered.items()}
    else:
        content = content.cast({"x": pl.Float64})
        there = {row: name for name, frame in offered.items() for row in frame.rows()}
        assert [there[row] for row in content.rows()] == kept["_kellet_origin"].to_list()
        assert spell_identities(identify(content)) == kept["_kellet_id"].to_list()
    assert [word.split()[0] for word in content["word"]] == kept["_kellet_origin"].to_list()
    assert max(Counter(content["word"]).values()) <= repeat
    generation = {name: name != "real" for name in offered}
    assert [(g > 0) for g in kept["_kellet_generation"]] == [generation[name] for name in kept["_kellet_origin"]]


@pytest.fixture
def inputs(tmp_path):
    write_rows(tmp_path / "real.parquet", "real", 300)
    write_rows(tmp_path / "m1.parquet", "m1", 500)
    return tmp_path


def mix(folder, out="mix", **settings):
    """A mix of the two inputs."""
    asked = {"size": 400, "anchor": "25%", "window": 40} | settings
    return kellet.mix(folder / "real.parquet", {"m1": folder / "m1.parquet"}, out=folder / out, **asked)


def read_bytes(folder):
    """All but the papers, which have the folder's name in them."""
    files = [folder / "manifest.json", *folder.glob("data-*")]
    return {path.name: path.read_bytes() for path in sorted(files)}


def test_a_mix_is_data_like_any_other(inputs):
    mix(inputs, "out")
    found = kellet.read(inputs / "out")
    assert found.sight.count == 400 and "a mix" in found.sight.read
    (inputs / "other").mkdir()
    (inputs / "other" / "manifest.json").write_text('[{"a": 1}, {"a": 2}]')
    assert kellet.read(inputs / "other").sight.count == 2
    next((inputs / "out").glob("data-*")).unlink()
    with pytest.raises(InputError, match="a mix with its shards"):
        kellet.read(inputs / "out")


def test_the_same_again_has_the_same_bytes_and_another_seed_other_rows(inputs):
    for out, seed in (("one", 0), ("two", 0), ("three", 1)):
        mix(inputs, out, seed=seed)
    one, two, three = (read_bytes(inputs / name) for name in ("one", "two", "three"))
    assert one == two
    assert one.keys() == three.keys() and one != three


def test_how_rows_lie_in_batches_and_shards_changes_nothing_but_the_shards(inputs, monkeypatch):
    whole, _ = read_mix(mix(inputs, "one", stratify="label").folder)
    monkeypatch.setattr(shards, "BYTES", 1000)
    monkeypatch.setattr(scattering, "HELD", 3000)
    monkeypatch.setattr(layout, "TARGET", 2000)
    monkeypatch.setattr(ledger, "HELD", 50)
    parts, found = read_mix(mix(inputs, "two", stratify="label").folder)
    assert len(found.shards) > 3
    assert whole.equals(parts)
    check_root(parts, found)


def test_later_generations_have_other_real_rows_and_fixed_ones_the_same(inputs):
    def find(out, **settings):
        rows, _ = read_mix(mix(inputs, out, **settings).folder)
        return set(rows.filter(pl.col("_kellet_origin") == "real")["word"])

    first = find("g1")
    second = find("g2", after=inputs / "g1", anchor="20%")
    third = find("g3", after=inputs / "g2")
    assert [len(rows) for rows in (first, second, third)] == [100, 80, 100]
    assert not first & second and not first & third and not second & third
    # There are 300.
    assert find("g4", after=inputs / "g3") & first
    assert find("fixed") == find("same", after=inputs / "fixed", fixed=True)


def test_the_chain_is_recorded_back_to_its_beginning(inputs):
    for out, after in (("g1", None), ("g2", "g1"), ("g3", "g2")):
        mix(inputs, out, after=inputs / after if after else None, anchor=60)
    roots = [manifests.read(inputs / name).root for name in ("g1", "g2")]
    chain = manifests.read(inputs / "g3").chain
    assert [link.root for link in chain] == roots[::-1]
    assert [link.parents for link in chain] == [(roots[0],), ()]
    assert [(inputs / "g3" / link.folder).resolve().name for link in chain] == ["g2", "g1"]


def test_what_the_chain_has_from_a_model_is_not_real(inputs):
    mix(inputs, "g1")
    mixed = pl.read_parquet(inputs / "g1" / "*.parquet").filter(pl.col("_kellet_origin") == "m1")
    laundered = mixed.head(3).drop(OWN, strict=False)
    pl.concat([pl.read_parquet(inputs / "real.parquet"), laundered]).write_parquet(inputs / "real.parquet")
    write_rows(inputs / "m1.parquet", "m2", 500)
    with pytest.raises(kellet.RefusalError, match="3 different rows offered as real stand among"):
        mix(inputs, "g2", after=inputs / "g1")
    assert not list(inputs.glob("*g2*")) and not list(inputs.glob(".*"))
    mix(inputs, "g2")
    mix(inputs, "g3", after=inputs / "g1", overlap=0.01)


def test_near_duplicates_of_what_models_wrote_are_not_real_if_asked(tmp_path):
    rng = np.random.default_rng(0)

    def write(name, texts):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8"
        )
        return tmp_path / f"{name}.jsonl"

    def tell():
        return " ".join(f"w{i}" for i in rng.integers(0, 500, 60))

    written, real = [tell() for _ in range(30)], [tell() for _ in range(30)]
    asked = {"size": 20, "anchor": 10}
    kellet.mix(write("r", real), {"m": write("m", written)}, **asked, near=True, out=tmp_path / "g1")
    near = [f"{text} and more" for text in written[:2]]
    more, other = write("more", [*real, *near]), write("other", [tell() for _ in range(30)])
    kellet.mix(more, {"m": tmp_path / "m.jsonl"}, **asked, out=tmp_path / "exact")
    with pytest.raises(kellet.RefusalError, match="2 rows offered as real are near duplicates"):
        kellet.mix(more, {"m": tmp_path / "m.jsonl"}, **asked, near=True, out=tmp_path / "near")
    mixed = set(read_mix(tmp_path / "g1")[0]["text"])
    laundered = write("laundered", [*real, *(f"{text} and more" for text in written if text in mixed)])
    with pytest.raises(kellet.RefusalError, match="10 rows offered as real are near duplicates"):
        kellet.mix(laundered, {"o": other}, **asked, near=True, after=tmp_path / "g1", out=tmp_path / "g2")


def test_rows_that_say_they_are_a_models_are_not_real(inputs):
    mix(inputs, "g1")
    with pytest.raises(kellet.RefusalError, match="300 of the real rows are recorded as written by a model"):
        kellet.mix(str(inputs / "g1" / "*.parquet"), {"m": inputs / "m1.parquet"}, size=9, anchor=1, out=inputs / "g2")


def test_a_mix_is_neither_real_nor_one_models(inputs):
    mix(inputs, "g1")
    with pytest.raises(InputError, match=r"expected files of real rows; got a mix, .*g1\. Try --accumulate"):
        kellet.mix(inputs / "g1", {"m1": inputs / "m1.parquet"}, size=9, anchor=1, out=inputs / "g2")
    with pytest.raises(InputError, match="expected files of m1 rows; got a mix"):
        kellet.mix(inputs / "real.parquet", {"m1": inputs / "g1"}, size=9, anchor=1, out=inputs / "g2")


def test_an_earlier_mix_comes_along_as_it_is(inputs):
    before, _ = read_mix(mix(inputs, "g1", stratify="label").folder)
    write_rows(inputs / "m2.parquet", "m2", 500)
    kellet.mix(
        inputs / "real.parquet", {"m2": inputs / "m2.parquet"}, size=800, anchor="25%", accumulate=inputs / "g1",
        out=inputs / "g2", generation=2, window=40, stratify="label",
    )  # fmt: skip
    rows, found = read_mix(inputs / "g2")
    check_root(rows, found)
    check_windows(rows, 800, 40, "label")
    many = Counter(zip(rows["_kellet_origin"], rows["_kellet_generation"], strict=True))
    assert many == {("real", 0): 200, ("m1", 1): 300, ("m2", 2): 300}
    assert set(before["_kellet_id"]) < set(rows["_kellet_id"])
    assert rows["_kellet_id"].n_unique() == 800


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"floor": 0.3}, "below the floor"),
        ({"floor": 0.2, "contaminated": 0.3}, "Models may have written"),
        ({"anchor": "0.1%", "size": 100}, "are none"),
        ({"size": 900, "anchor": 400}, "real rows are wanted of 300"),
        ({"size": 900}, 'rows of "m1" are wanted'),
        ({"stratify": "label", "least": 90}, "strata of real rows keep"),
        ({"stratify": "label", "least": 0, "anchor": 2}, "No real row is left of"),
        ({"stratify": "label", "least": 0, "anchor": 2, "floor": 0.5}, "below the floor"),
    ],
)
def test_what_can_not_hold_what_was_asked_is_refused(inputs, settings, reason):
    with pytest.raises(kellet.RefusalError, match=reason):
        mix(inputs, **settings)
    assert len(list(inputs.iterdir())) == 2


def test_a_real_row_that_is_offered_twice_is_not_mixed_twice(inputs):
    real = pl.read_parquet(inputs / "real.parquet")
    pl.concat([real, real.head(1)]).write_parquet(inputs / "real.parquet")
    with pytest.raises(kellet.RefusalError, match="1 real rows would come more than once, one of them 2 times"):
        mix(inputs, anchor=301)
    found = mix(inputs, anchor=301, repeat=2).manifest
    assert found.notes == ("1 of 301 real rows offered repeat others.",)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"real.csv": "a,b\n1,2\n", "m.csv": "a,c\n1,2\n"}, "b: String in .*real.csv but c: String in .*m.csv"),
        ({"real.csv": "a\n1\n", "m.jsonl": '{"a": 1}\n{"a": 2}\n'}, "a: String in .* but a: Int64 in"),
        ({"real.csv": "a\n", "m.csv": "a\n1\n"}, "expected "),
        ({"real.csv": "", "m.csv": "a\n1\n"}, "which is empty"),
        ({"real.csv": "a\n1\n"}, "where nothing is"),
        ({"real.csv": "a\n1\n2\n", "m.csv": "a\n3\n", "mix": "here"}, "a folder that isn't there yet"),
    ],
)
def test_bad_input_is_told_in_a_line(tmp_path, files, error):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    written = next((name for name in files if name.startswith("m.")), "m.csv")
    with pytest.raises(InputError, match=error):
        kellet.mix(tmp_path / "real.csv", {"m": tmp_path / written}, size=2, anchor=1, out=tmp_path / "mix")
    assert len(list(tmp_path.iterdir())) == len(files)


def test_a_file_that_is_real_and_written_is_bad_input(inputs):
    with pytest.raises(InputError, match="each file once"):
        kellet.mix(inputs / "m1.parquet", {"m": inputs / "m1.parquet"}, size=2, anchor=1, out=inputs / "mix")
    with pytest.raises(InputError, match="a weight for each of"):
        mix(inputs, weights={"nobody": 1.0})
    with pytest.raises(InputError, match="other than real"):
        kellet.mix(inputs / "real.parquet", {"real": inputs / "m1.parquet"}, size=2, anchor=1, out=inputs / "mix")


@pytest.mark.parametrize("many", [299, 301])
def test_a_file_that_changes_meanwhile_is_told_in_a_line(inputs, many):
    def change(name, _):
        if name == "reading the real rows":
            write_rows(inputs / "real.parquet", "real", many)

    with pytest.raises(InputError, match="other numbers of rows in the real rows"):
        mix(inputs, progress=change)
    assert len(list(inputs.iterdir())) == 2


def test_an_edited_manifest_is_no_past(inputs):
    mix(inputs, "g1")
    path = inputs / "g1" / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"rows": 300', '"rows": 301'), encoding="utf-8")
    with pytest.raises(InputError, match="an edited one"):
        mix(inputs, "g2", after=inputs / "g1")


@pytest.mark.parametrize("label", ["real", None, 3])
@pytest.mark.parametrize("how", ["after", "accumulate"])
def test_an_edited_label_is_no_past(inputs, label, how):
    mix(inputs, "g1")
    (shard,) = (inputs / "g1").glob("data-*")
    pl.read_parquet(shard).with_columns(pl.lit(label).alias("_kellet_origin")).write_parquet(shard)
    assert any("label" in fault or "_kellet_origin" in fault for fault in kellet.verify(inputs / "g1").faults)
    with pytest.raises(InputError, match=r"another .*g1.* than was written"):
        mix(inputs, "g2", **{how: inputs / "g1"})
    shard.unlink()
    with pytest.raises(InputError, match="all shards of the earlier mix"):
        mix(inputs, "g2", **{how: inputs / "g1"})


def test_labels_that_are_no_words_are_told_in_a_line(inputs):
    pl.read_parquet(inputs / "real.parquet").with_columns(_kellet_origin=3).write_parquet(inputs / "real.parquet")
    with pytest.raises(InputError, match="words in _kellet_origin; got Int32 in the real rows"):
        mix(inputs)


def test_rare_words_are_kept(tmp_path):
    texts = [f"the cat sat on mat number {i % 5}" for i in range(200)]
    texts[7], texts[70] = "a zebra sat on the mat", "an okapi sat on the cat"
    for name in ("real", "m"):
        lines = (json.dumps({"text": text, "id": f"{name}{i}"}) + "\n" for i, text in enumerate(texts))
        (tmp_path / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    real, written = tmp_path / "real.jsonl", {"m": tmp_path / "m.jsonl"}
    found = kellet.mix(real, written, size=100, anchor=20, stratify="auto", least=2, out=tmp_path / "mix")
    strata = {count.stratum: count.rows for count in found.manifest.counts if count.origin == "real"}
    assert strata == {"once": 2, "in more": 18}
    rows, _ = read_mix(found.folder)
    assert {"zebra", "okapi"} <= set(" ".join(rows.filter(pl.col("_kellet_origin") == "real")["text"]).split())


def test_chats_and_gaps_come_through(tmp_path):
    def chat(name, i):
        turns = [{"role": "user", "content": f"{name} {i}"}, {"role": "assistant", "content": "é\n" * (i % 3)}]
        return {"messages": turns, "score": None if i % 4 else i / 7}

    asked = {name: [chat(name, i) for i in range(50)] for name in ("real", "m")}
    for name, rows in asked.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for format in ("jsonl", "parquet"):
        out = tmp_path / format
        kellet.mix(tmp_path / "real.jsonl", {"m": tmp_path / "m.jsonl"}, size=60, anchor=20, format=format, out=out)
        rows, found = read_mix(out)
        check_root(rows, found)
        for row in rows.select("messages", "score", "_kellet_origin").to_dicts():
            assert {"messages": row["messages"], "score": row["score"]} in asked[row["_kellet_origin"]]


def test_what_is_further_down_and_does_not_fit_is_told_in_a_line(tmp_path):
    for name in ("real", "m"):
        rows = [name.encode()] * 2400 + [bytes([255, i]) for i in range(9)]
        pl.DataFrame({"id": range(2409), "raw": rows}).write_parquet(tmp_path / f"{name}.parquet")
    asked = {"size": 4, "anchor": 2, "out": tmp_path / "mix"}
    with pytest.raises(InputError, match='"raw" as its first rows are, String; got Binary further down'):
        kellet.mix(tmp_path / "real.parquet", {"m": tmp_path / "m.parquet"}, **asked)
    pl.DataFrame({"id": range(9), "raw": [b"\xff"] * 9}).write_parquet(tmp_path / "real.parquet")
    pl.DataFrame({"id": range(9, 20), "raw": [b"a"] * 11}).write_parquet(tmp_path / "m.parquet")
    assert (
        kellet.mix(tmp_path / "real.parquet", {"m": tmp_path / "m.parquet"}, **asked).manifest.columns["raw"]
        == "Binary"
    )


def test_what_json_can_not_hold_is_refused_before_it_is_lost(tmp_path):
    for name, x in (("real", 1.0), ("m", float("nan"))):
        pl.DataFrame({"x": [x, 2.0], "name": [name, f"{name}2"]}).write_parquet(tmp_path / f"{name}.parquet")
    asked = {"real": tmp_path / "real.parquet", "synthetic": {"m": tmp_path / "m.parquet"}, "size": 4, "anchor": 2}
    with pytest.raises(InputError, match='others in "x"'):
        kellet.mix(**asked, format="jsonl", out=tmp_path / "mix")
    assert not (tmp_path / ".mix.mixing").exists()
    kellet.mix(**asked, out=tmp_path / "mix")
