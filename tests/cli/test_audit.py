"""`kellet audit`: three verdicts on real tables, texts, pictures and profiles, and what it refuses."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from PIL import Image

import kellet as package
from kellet.errors import InputError

CENSUS = Path(__file__).parent.parent / "audit" / "data"


def census(name):
    return CENSUS / f"census-{name}.csv.gz"


def write_texts(path, seed, n=60, temperature=1.0):
    """Documents of a Zipf law over made-up words."""
    rng = np.random.default_rng(seed)
    p = np.arange(1, 3001.0) ** (-1.0 / temperature)
    words = np.array([f"w{i}" for i in range(3000)])
    told = ["\n".join(" ".join(rng.choice(words, 40, p=p / p.sum())) for _ in range(n))]
    path.write_text(told[0], encoding="utf-8")
    return path


def test_three_tables_have_three_verdicts(kellet, tmp_path):
    names = ("hol", "syn_mostly", "syn_flip30")
    told = kellet("audit", census("trn"), *map(census, names), "--out", "audit.html", "--json", "--key", KEYS)
    assert (told.code, told.err) == (1, "")
    found = json.loads(told.out)
    assert found["schema"] == "kellet/audit/1"
    assert [look["verdict"] for look in found["looks"]] == ["pass", "lost", "copied"]
    assert found["looks"][1]["losses"][0]["about"] in KEYS
    assert "<script" in (tmp_path / "audit.html").read_text(encoding="utf-8")


KEYS = "workclass,education,marital_status,occupation,relationship,race,native_country,capital_gain,capital_loss,age"


def test_a_gate_decides_and_build_servers_are_told(kellet, tmp_path):
    gates = ("--gate", "rare>=0.2", "--gate", "rare>=0.95")
    told = kellet("audit", census("trn"), census("syn_mostly"), *gates, "--junit", "a.xml", "--key", KEYS)
    assert told.code == 1
    suite = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    told = kellet("audit", census("trn"), census("hol"), "--gate", "rare>=0.3", "--key", KEYS)
    assert told.code == 0, told.out


def test_a_holdout_is_what_a_fresh_real_sample_keeps(kellet):
    told = kellet("audit", census("trn"), census("syn_mostly"), "--holdout", census("hol"), "--json", "--key", KEYS)
    [look] = json.loads(told.out)["looks"]
    [rare] = [one for one in look["findings"] if (one["measure"], one["about"]) == ("rare", "")]
    mine, theirs = (pl.read_csv(census(name), infer_schema=False).select(KEYS.split(",")) for name in ("trn", "hol"))
    few = [(c, v) for c in mine.columns for v, n in mine[c].value_counts().rows() if n <= 3]
    kept = sum(v in set(theirs[c]) for c, v in few)
    assert rare["fresh"] == pytest.approx(kept / len(few), abs=0.02)


def test_groups_targets_and_redaction(kellet):
    told = kellet(
        "audit", census("trn"), census("syn_mostly"), "--group", "sex", "--target", "income", "--redact", "--json",
        "--key", KEYS,
    )  # fmt: skip
    found = json.loads(told.out)
    [look] = found["looks"]
    assert {"sex=Male", "sex=Female"} <= {one["about"] for one in look["findings"]}
    assert {one["about"] for one in look["findings"] if one["measure"] == "use"} >= {"", "sex=Male"}
    assert found["redacted"] is True
    assert all(loss["name"] is None for loss in (*look["losses"], *look["invented"]))
    # Words of the data stand in notes and titles as well.
    open_told = kellet("audit", census("trn"), census("syn_mostly"), "--json", "--key", KEYS).out
    for word in ("'?'", "15024", "Local-gov"):
        assert word not in told.out
    assert "'?'" in open_told


def test_texts_and_their_profiles_say_the_same(kellet, tmp_path):
    real, fresh, cooled = (
        write_texts(tmp_path / name, i, temperature=t)
        for i, (name, t) in enumerate((("real.txt", 1.0), ("fresh.txt", 1.0), ("cooled.txt", 0.6)))
    )
    assert kellet("audit", real, fresh).code == 0
    told = kellet("audit", real, cooled, "--json")
    assert told.code == 1
    [look] = json.loads(told.out)["looks"]
    assert look["verdict"] == "lost"
    for path in (real, cooled):
        assert kellet("profile", path, "-o", path.with_suffix(".kprof")).code == 0
    for pair in (("real.kprof", "cooled.kprof"), ("real.kprof", "cooled.txt")):
        again = kellet("audit", *pair, "--json")
        [seen] = json.loads(again.out)["looks"]
        assert again.code == 1
        # What needs the texts themselves, no profile can tell.
        values = {(one["measure"], one["about"]): one["value"] for one in seen["findings"]}
        both = {(one["measure"], one["about"]): one["value"] for one in look["findings"]}
        assert values.items() <= both.items()
        assert both.keys() - values.keys() <= {("compression", "")}


def test_an_endless_answer_is_named(kellet, tmp_path):
    path = write_texts(tmp_path / "a.txt", 0)
    other = write_texts(tmp_path / "b.txt", 1)
    with other.open("a", encoding="utf-8") as stream:
        stream.write("\n" + "Eat a banana! " * 300)
    told = kellet("audit", path, other)
    assert "Document 61 repeats itself" in " ".join(told.out.split())
    assert "banana" in told.out.lower()
    hidden = kellet("audit", path, other, "--redact", "--json").out
    assert "banana" not in hidden.lower()
    assert "Document 61 repeats itself" in hidden


def test_pictures_and_their_copies(kellet, tmp_path):
    rng = np.random.default_rng(0)
    for name, seed in (("real", 0), ("fresh", 1)):
        rng = np.random.default_rng(seed)
        (tmp_path / name).mkdir()
        for i in range(120):
            Image.fromarray(rng.integers(0, 255, (6, 6), dtype=np.uint8)).save(tmp_path / name / f"{i:03}.png")
    told = kellet("audit", "real", "fresh", "--json")
    [look] = json.loads(told.out)["looks"]
    assert look["verdict"] in ("pass", "inconclusive")
    [copied] = json.loads(kellet("audit", "real", "real", "--json").out)["looks"]
    assert copied["verdict"] == "copied"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv", "b.csv"], "where nothing is"),
        (["a.csv", "b.csv"], "columns that both tables have"),
        (["a.csv", "a.txt"], "data of one form"),
        (["a.csv", "a.csv", "--gate", "rare"], "expected a gate MEASURE>=SHARE"),
        (["a.csv", "a.csv", "--gate", "width>=1"], "one of the measures"),
        (["a.csv", "a.csv", "--key", "z"], "one of the columns"),
        (["a.csv", "a.csv", "--group", "z"], "one of the columns"),
        (["a.csv", "a.csv", "--target", "z"], "expected"),
        (["a.csv", "a.csv", "--embedding", "z"], "one of the columns"),
        (["a.csv", "void.csv"], "expected"),
        (["a.csv"], "Either data sets to compare with the reference, or --selftest"),
        (["a.csv", "a.csv", "--selftest"], "Either data sets to compare with the reference, or --selftest"),
    ],
)
def test_what_cannot_be_audited_is_one_line(kellet, tmp_path, arguments, said):
    frame = pl.DataFrame({"a": [f"v{i % 7}" for i in range(60)], "b": range(60)})
    frame.write_csv(tmp_path / "a.csv")
    frame.rename({"a": "c", "b": "d"}).write_csv(tmp_path / "b.csv")
    frame.head(0).write_csv(tmp_path / "void.csv")
    write_texts(tmp_path / "a.txt", 0, 30)
    told = kellet("audit", *arguments)
    assert (told.code, told.out) == (2, ""), told.out
    assert len(told.err.splitlines()) == 1
    assert said in told.err


def test_of_too_few_nothing_can_be_told(kellet, tmp_path):
    frame = pl.DataFrame({"a": [f"v{i % 7}" for i in range(60)], "user": [f"u{i // 12}" for i in range(60)]})
    frame.write_csv(tmp_path / "a.csv")
    frame.head(5).write_csv(tmp_path / "few.csv")
    for arguments, there in ((("a.csv", "few.csv"), "60 and 5"), (("a.csv", "a.csv", "--cluster", "user"), "5 and 5")):
        told = kellet("audit", *arguments)
        assert (told.code, told.err) == (3, "")
        assert f"there are {there}, and at least 8 documents on either side are needed" in " ".join(told.out.split())


def test_chats_of_a_user_stay_together(kellet, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.jsonl", "b.jsonl"):
        rows = []
        for i in range(120):
            said = [" ".join(f"w{k}" for k in rng.zipf(1.4, 12).clip(0, 500)) for _ in range(2)]
            turns = [{"role": role, "content": text} for role, text in zip(("user", "assistant"), said, strict=True)]
            rows.append(json.dumps({"user_id": f"{name}{i // 3}", "messages": turns}))
        (tmp_path / name).write_text("\n".join(rows), encoding="utf-8")
    told = kellet("audit", "a.jsonl", "b.jsonl", "--cluster", "user_id", "--json")
    found = json.loads(told.out)
    assert (told.code, found["documents"], found["things"]) == (0, 120, "texts")
    assert {one["about"] for one in found["looks"][0]["findings"]} == {"", "2-grams", "3-grams"}
    assert any("40 and 40 different values" in note for note in found["looks"][0]["notes"])


def test_identifiers_and_constants_are_told_and_nothing_is_made_of_them(kellet, tmp_path):
    for name, seed in (("a.csv", 0), ("b.csv", 1)):
        rng = np.random.default_rng(seed)
        ids = [f"{rng.integers(1 << 60):x}" for _ in range(400)]
        frame = pl.DataFrame({"id": ids, "one": ["x"] * 400, "job": rng.choice(["a", "b", "c"], 400)})
        frame.write_csv(tmp_path / name)
    told = kellet("audit", "a.csv", "b.csv", "--inconclusive-ok")
    assert told.code == 0
    assert '"id" names rows' in " ".join(told.out.split())


def test_in_python_it_is_a_function_of_the_same_name():
    rng = np.random.default_rng(0)
    real, fresh = ({"job": rng.zipf(1.5, 2000).clip(0, 500).astype(str)} for _ in range(2))
    found = package.audit(real, fresh, real)
    assert [look.verdict for look in found.looks] == ["pass", "copied"]
    assert found.exit_code == 1
    assert "<table" in found.answer().html()
    assert found._repr_html_()
    with pytest.raises(InputError, match="a reference, and data sets to compare with it"):
        package.audit(real)


def test_a_selftest_says_what_would_be_found(kellet, tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"job": (rng.zipf(1.6, 600) % 400).astype(str), "pay": rng.normal(size=600).round(2)})
    frame.write_csv(tmp_path / "a.csv")
    told = kellet("audit", "a.csv", "--selftest", "--json")
    assert (told.code, told.err) == (0, "")
    trials = json.loads(told.out)["trials"]
    assert [trial["kind"] for trial in trials[:2]] == [None, "rare"]
    cut = {trial["share"]: trial["finders"] for trial in trials if trial["kind"] == "cut"}
    assert cut[0.5][0]["times"] == 3


def test_a_tracker_is_sent_numbers_and_asked_for_before_anything(kellet, tmp_path, monkeypatch):
    sent = []
    module = SimpleNamespace(
        set_experiment=sent.append, start_run=lambda run_name: nullcontext(),
        log_metrics=lambda values, step: sent.append((step, sorted(values))),
    )  # fmt: skip
    jobs = np.random.default_rng(0).zipf(1.5, 300).clip(0, 500)
    (tmp_path / "a.csv").write_text("job\n" + "\n".join(f"job {i}" for i in jobs), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "mlflow", module)
    told = kellet("audit", "a.csv", "a.csv", "--gate", "rare>=0", "--track", "mlflow", "--json", "--inconclusive-ok")
    assert (told.code, told.err) == (0, "")
    assert json.loads(told.out)["schema"] == "kellet/audit/1"
    assert sent[0] == "audit a.csv"
    assert (sent[1][0], "verdict" in sent[1][1], len(sent)) == (1, True, 2)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    told = kellet("audit", "nowhere.csv", "a.csv", "--track", "mlflow")
    assert (told.code, "pip install mlflow" in told.err) == (2, True)
