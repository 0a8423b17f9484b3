"""Every animal of the zoo is seen for what it is, and what can't be read is said in one line."""

import importlib.util
import sys
from pathlib import Path

import pytest

from kellet.data.content import Documents, Rows
from kellet.data.reading import read
from kellet.errors import InputError

_spec = importlib.util.spec_from_file_location("zoo", Path(__file__).parent.parent / "zoo.py")
zoo = importlib.util.module_from_spec(_spec)
sys.modules["zoo"] = zoo
_spec.loader.exec_module(zoo)


@pytest.mark.parametrize("animal", zoo.ZOO, ids=lambda animal: animal.name)
def test_what_people_have_is_read_as_they_mean_it(animal, tmp_path):
    if animal.needs:
        pytest.importorskip(animal.needs)
    seen = read(animal.put(tmp_path))
    if animal.texts:
        assert isinstance(seen, Documents)
        assert len(seen.texts) == animal.texts
    else:
        assert isinstance(seen, Rows)
        assert tuple(seen.frame.columns) == animal.columns
        assert seen.frame.height == animal.height
        assert seen.height is None
        for (row, column), value in animal.cells.items():
            found = seen.frame[column][row]
            found = found.to_list() if hasattr(found, "to_list") else found
            assert (found, type(found)) == (value, type(value))
    for phrase in animal.read:
        assert any(phrase in told for told in seen.read), seen.read
    for phrase in animal.notes:
        assert any(phrase in told for told in seen.notes), seen.notes
    if not animal.notes:
        assert not seen.notes


@pytest.mark.parametrize("name", zoo.REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(name, tmp_path, capfd):
    content, told = zoo.REFUSED[name]
    zoo.write(tmp_path / name, content)
    with pytest.raises(InputError) as refusal:
        read(str(tmp_path / name))
    said = str(refusal.value)
    assert told in said or told == "InputError", said
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")
