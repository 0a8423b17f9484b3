"""docs/experiment-file.md has every field, as the recipes say, and its examples can be read."""

import importlib.util
import re
from pathlib import Path

import msgspec
import pytest

from kellet import Experiment
from kellet.experiment.arm import Arm
from kellet.experiment.resolution import resolve

spec = importlib.util.spec_from_file_location("fields", Path(__file__).with_name("fields.py"))
fields = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fields)

TEXT = fields.PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
TABLES = {
    "world": '[world]\nkind = "zipf"\nsize = 30\n',
    "family": '[family]\nkind = "categorical"\n',
    "arms": "[arms.fresh]\nanchor = {count = 1}\n",
}


def test_the_page_says_what_the_recipes_say():
    anew = "docs/experiment-file.md is not what the code says: python tests/house/fields.py writes its tables anew"
    assert fields.write(TEXT) == TEXT, anew


def test_every_kind_of_recipe_has_a_box():
    assert set(re.findall(r"<!-- fields: (\w+) -->", TEXT)) == set(fields.SECTIONS)


@pytest.mark.parametrize("example", EXAMPLES[1:], ids=lambda example: example.split("\n")[0])
def test_an_example_of_the_page_can_be_read(example):
    part = example if example.startswith("[") else f"[arms.ours]\n{example}"
    rest = "".join(table for name, table in TABLES.items() if f"[{name}" not in part)
    found = Experiment.from_toml(f"size = 100\ngenerations = 5\n{rest}{part}")
    assert Experiment.from_toml(found.to_toml()) == found


def test_the_complete_example_is_one():
    found = Experiment.from_toml(EXAMPLES[0])
    resolve(msgspec.structs.replace(found, grid={}))
    used = {
        name
        for arm in found.arms.values()
        for name in Arm.__struct_fields__
        if getattr(arm, name) != getattr(Arm(), name)
    }
    assert used == set(Arm.__struct_fields__)
    assert len(found.axes["anchor.count"]) == 3
