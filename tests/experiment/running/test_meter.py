"""Notes of how far blocks are go with their process, or with the next one where it was killed."""

import subprocess
import sys
import tempfile

from kellet.experiment.running.meter import FOLDER, measure


def test_notes_of_a_killed_process_are_removed_and_those_of_a_living_one_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, other = tmp_path / f"{FOLDER}{ended.pid}-x", tmp_path / f"{FOLDER}notes"
    dead.mkdir()
    other.mkdir()
    with measure(lambda done, total: None, 0, 1, apart=True):
        (mine,) = {*tmp_path.iterdir()} - {other}
        assert mine != dead
        with measure(lambda done, total: None, 0, 1, apart=True):
            assert mine.is_dir()
    assert [*tmp_path.iterdir()] == [other]
