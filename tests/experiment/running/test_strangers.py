"""Folders that somebody else packed or changed: what is not Kellet's stays, what is of another run is not believed."""

import json
import os
import platform
import shutil
import time
import zlib
from pathlib import Path

import msgspec
import polars as pl
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, worlds
from kellet.experiment.run import Run
from kellet.experiment.running import schedule
from kellet.experiment.running.claims import Holder, birth
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.stores import Local
from kellet.families import Gaussian

ARMS = {"replace": Arm(), "fresh": Arm(anchor=Anchor(1))}
STUDY = Experiment(worlds.Normal(), Gaussian(), 10, ARMS, generations=3, replicates=4, seed=7, block=2)
PLAN = {
    "world": worlds.Normal(), "family": Gaussian(), "generations": 3, "keep": {"variance": 0.5}, "budget": 1.0,
}  # fmt: skip
OLD = (10**9, 10**9)


def tree(folder):
    """All files in a folder, and when they were written."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def mine(tmp_path):
    """A folder of the person's own: whatever is named like something of Kellet's, too."""
    folder = tmp_path / "mine"
    names = (
        "thesis.tex", "0123456789abcdef-0.0", "pack-0-00000000.parquet", ".a1234567.tmp", "0123456789abcdef-0.txt",
        "0123456789abcdef-0-00000000.parquet", "generation-1-abcdefgh/model.safetensors", "generation-1.safetensors",
    )  # fmt: skip
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("precious")
        os.utime(folder / name, OLD)
    return folder


@pytest.mark.parametrize("name", ["claims", "packs", "cells", "logs", "models", "models/a-0", "models/a-0/b"])
@pytest.mark.parametrize("form", ["run", "sweep", "plan", "store"])
def test_a_folder_that_leads_elsewhere_is_refused_before_anything_is_written(tmp_path, mine, name, form):
    folder = tmp_path / "run"
    where = f"file://{folder}" if form == "store" else folder
    again = {
        "run": lambda: kellet.run(STUDY, out=where),
        "store": lambda: kellet.run(STUDY, out=where),
        "sweep": lambda: kellet.sweep(STUDY, grid={"size": (10, 20)}, out=where),
        "plan": lambda: kellet.plan(**PLAN, size=20, out=where),
    }[form]
    again()
    if (folder / name).is_dir():
        shutil.rmtree(folder / name)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(mine)
    before = tree(tmp_path)
    with pytest.raises(InputError, match=rf"lies in one place; got .*{name}, a link to .*mine"):
        again()
    assert tree(tmp_path) == before


def test_the_part_of_a_plan_that_leads_elsewhere_is_refused(tmp_path, mine):
    kellet.plan(**PLAN, size=(20, 30), out=tmp_path / "plan")
    shutil.rmtree(tmp_path / "plan" / "20")
    (tmp_path / "plan" / "20").symlink_to(mine)
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"got .*/20, a link to"):
        kellet.plan(**PLAN, size=(20, 30), out=tmp_path / "plan")
    assert tree(tmp_path) == before


def test_a_run_folder_may_itself_be_reached_through_a_link_and_have_links_in_it(tmp_path):
    there = tmp_path / "disk" / "run"
    kellet.run(STUDY, out=there)
    (there / "cells").rename(there / "blocks")
    (there / "cells").symlink_to("blocks")
    (tmp_path / "run").symlink_to(there)
    assert kellet.run(STUDY, out=tmp_path / "run").data.equals(kellet.run(STUDY).data)


def test_what_is_not_kellets_stays_however_old_it_is(tmp_path):
    folder = tmp_path / "run"
    kellet.run(STUDY, out=folder)
    names = [f"{place}/{name}" for place in ("cells", "packs", "claims", "logs") for name in ("a.tex", ".a.tmp", "b.0")]
    names += ["notes.tmp", ".notes.tmp", "cells/.ipynb_checkpoints/a.py", "cells/a-1-0123abc.parquet"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("precious")
        os.utime(folder / name, OLD)
    kellet.run(STUDY, replicates=6, out=folder)
    assert all((folder / name).read_text() == "precious" for name in names)


def edit(folder, **changes):
    """Change experiment.toml by hand."""
    path = folder / "experiment.toml"
    path.write_text(msgspec.structs.replace(Folder(folder).experiment(), **changes).to_toml(), encoding="utf-8")


def test_a_folder_whose_seed_was_changed_by_hand_is_refused(tmp_path):
    kellet.run(STUDY, out=tmp_path)
    edit(tmp_path, seed=8)
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"seed 7, with which .* was begun; got seed 8"):
        kellet.run(STUDY, seed=8, out=tmp_path)
    with pytest.raises(InputError, match=r"\.parquet, which has seed 7 and not 8"):
        Run.read(tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seed": 8}, "has seed 8 and not 7"),
        ({"judged": 50}, "has judged 50 and not"),
        ({"metrics": ("variance_ratio",)}, "holds other metrics"),
    ],
)
def test_blocks_of_another_run_are_computed_again_and_that_is_said(tmp_path, change, why):
    first = kellet.run(STUDY, out=tmp_path / "a")
    kellet.run(STUDY, **change, out=tmp_path / "b")
    for path in (tmp_path / "b" / "cells").iterdir():
        shutil.copy(path, tmp_path / "a" / "cells")
    if "metrics" not in change:  # Which ones are meant only the data tell, and fewer of them are a table too.
        with pytest.raises(InputError, match=f"which {why}.*Try `kellet run"):
            Run.read(tmp_path / "a")
    with pytest.warns(UserWarning, match=rf"3 more are no blocks of this run \(each {why}.*computed again"):
        again = kellet.run(STUDY, out=tmp_path / "a")
    assert again.data.equals(first.data)
    assert Run.read(tmp_path / "a").data.equals(first.data)
    assert len(list((tmp_path / "a" / "cells").glob("*.parquet"))) == 4


def test_a_block_under_the_name_of_another_is_not_believed(tmp_path):
    kellet.run(STUDY, out=tmp_path)
    one, other = sorted((tmp_path / "cells").glob("*-1-*.parquet"))
    cell, number, _ = one.name.split("-")
    other.replace(one.with_name(f"{cell}-{number}-{other.name.rsplit('-', 1)[1]}"))
    with pytest.warns(UserWarning, match="bears the name of another block"):
        kellet.run(STUDY, out=tmp_path)


def test_specimens_of_another_seed_are_not_shown(tmp_path):
    first = kellet.run(STUDY, out=tmp_path / "a")
    kellet.run(STUDY, seed=8, out=tmp_path / "b")
    for path in (tmp_path / "b" / "cells").glob("*.npz"):
        shutil.copy(path, tmp_path / "a" / "cells")
    with pytest.raises(InputError, match=r"\.npz, which belongs to another block"):
        Run.read(tmp_path / "a")
    with pytest.warns(UserWarning, match="belongs to another block"):
        again = kellet.run(STUDY, out=tmp_path / "a")
    assert all((again.specimens(arm)["points"] == first.specimens(arm)["points"]).all() for arm in ARMS)


def grow_old(folder):
    """Blocks that don't say what they are of, as an older version wrote them."""
    for path in (folder / "cells").glob("*.parquet"):
        told = pl.read_parquet_metadata(path)
        old = path.with_name("old")
        pl.read_parquet(path).write_parquet(
            old, metadata={name: told[name] for name in ("kellet.reason", "kellet.failure")}
        )
        path.unlink()
        Folder(folder).place.write(f"cells/{path.name.rsplit('-', 1)[0]}-{checksum(old)}.parquet", old.read_bytes())
        old.unlink()


def checksum(path):
    return f"{zlib.crc32(path.read_bytes()):08x}"


def test_old_blocks_are_believed_in_a_folder_that_is_as_old_and_that_is_said(tmp_path):
    first = kellet.run(STUDY, out=tmp_path)
    grow_old(tmp_path)
    with pytest.raises(InputError, match="doesn't say of which seed it is"):
        Run.read(tmp_path)
    status = json.loads((tmp_path / "run.json").read_bytes())
    del status["seed"]
    (tmp_path / "run.json").write_text(json.dumps(status))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cells").iterdir()}
    assert Run.read(tmp_path).data.equals(first.data)
    with pytest.warns(UserWarning, match="4 blocks of an older version don't say of which seed"):
        kellet.run(STUDY, out=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cells").iterdir()} == before


def test_a_spoilt_block_from_tomorrow_is_replaced(tmp_path):
    first = kellet.run(STUDY, out=tmp_path)
    path = min((tmp_path / "cells").glob("*-1-*.parquet"))
    later = path.with_name(f"{path.name.rsplit('-', 1)[0]}-00000000.parquet")
    later.write_bytes(b"spoilt")
    path.unlink()
    os.utime(later, (time.time() + 10**6,) * 2)
    with pytest.warns(UserWarning, match="was spoilt"):
        assert kellet.run(STUDY, out=tmp_path).data.equals(first.data)
    assert not later.exists()


def claim(folder, name, **who):
    path = folder / "claims" / f"{name}.0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"host": platform.node(), "pid": os.getpid(), "born": birth(os.getpid())} | who))
    return path


def test_a_claim_of_a_living_process_stays_however_old_it_is(tmp_path):
    kellet.run(STUDY, out=tmp_path)
    alive, dead = claim(tmp_path, "abc-0"), claim(tmp_path, "abc-1", pid=2**31 - 1)
    for path in (alive, dead):
        os.utime(path, OLD)
    Folder(tmp_path).tidy()
    assert (alive.exists(), dead.exists()) == (True, False)


@pytest.mark.parametrize("who", [{"pid": 2**31 - 1, "born": None}, {"pid": 0, "born": None}, {"pid": 10**40}])
def test_a_claim_of_no_process_is_nobodys(tmp_path, who):
    claim(tmp_path, "abc-0", **who)
    assert Local(tmp_path).claim("abc-0")


def test_a_block_whose_writer_was_killed_before_it_signed_is_computed_in_seconds_without_a_word(tmp_path, monkeypatch):
    kellet.run(STUDY, out=tmp_path / "run")
    (block, *_) = Folder(tmp_path / "run").done().values()
    (tmp_path / "run" / "cells" / block).unlink()
    claims = tmp_path / "run" / "claims"
    claims.mkdir(exist_ok=True)
    (claims / f"{block.rpartition('-')[0]}.0").touch()
    monkeypatch.setattr(schedule, "WORD", 0.0)
    monkeypatch.setattr("kellet.experiment.running.claims.EMPTY", 1.0)
    run = kellet.run(STUDY, out=tmp_path / "run")
    assert run.data.sizes["replicate"] == 4


def test_a_claim_from_tomorrow_is_nobodys(tmp_path):
    os.utime(claim(tmp_path, "abc-0", host="elsewhere"), (time.time() + 10**5,) * 2)
    assert Local(tmp_path).claim("abc-0")


def test_it_is_said_who_is_waited_for(tmp_path, monkeypatch):
    kellet.run(STUDY, out=tmp_path)
    block = min((tmp_path / "cells").glob("*-1-*.parquet"))
    block.unlink()
    path = claim(tmp_path, block.name.rsplit("-", 1)[0], host="elsewhere", pid=12)
    monkeypatch.setattr(schedule, "WORD", 0.0)
    monkeypatch.setattr(schedule, "PATIENCE", 0.01)
    holders, seen = Local.holders, []

    def leave(place):
        found = holders(place)
        seen.append(found)
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Local, "holders", leave)
    with pytest.warns(UserWarning, match=r"1 block is claimed by process 12 of the machine 'elsewhere'"):
        kellet.run(STUDY, out=tmp_path)
    assert seen[0] == {path.name: Holder("elsewhere", 12, birth(os.getpid()))}


def test_a_folder_of_runs_is_listed_though_one_is_broken(tmp_path):
    for name in "abc":
        kellet.run(STUDY, out=tmp_path / name)
    (tmp_path / "b" / "run.json").write_text("{")
    found = kellet.runs(tmp_path)
    assert [Path(one.run).name for one in found] == ["a", "b", "c"]
    assert [one.state for one in found] == ["finished", "unreadable", "finished"]
    assert "a run.json that Kellet wrote" in found[1].sentence
