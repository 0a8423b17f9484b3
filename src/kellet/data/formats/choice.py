"""Choice: what the chosen files hold together, by the reader of their kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kellet.data.content import Content, Rows
from kellet.data.formats.columns import drop_far
from kellet.data.formats.embedded import find_parquet_classes, name_classes, unfold_pictures
from kellet.data.formats.folders import Selection
from kellet.data.formats.others import read_others
from kellet.data.formats.recognition import read_files


def read_selection(chosen: Selection, folder: Path) -> Content:
    """What files hold, with what is to be said of their choice.  folder: where they lie."""
    content = read_others(chosen.files, chosen.part) or read_files(chosen.files, chosen.part, folder)
    if isinstance(content, Rows):
        frame, far = drop_far(content.frame)
        rows = replace(content, frame=frame, notes=(*content.notes, *far))
        content = unfold_pictures(name_classes(rows, chosen.classes or find_parquet_classes(chosen.files[0])))
    read = [phrase for phrase in chosen.read if phrase not in content.read]
    return replace(content, read=(*read, *content.read), notes=(*chosen.notes, *content.notes))
