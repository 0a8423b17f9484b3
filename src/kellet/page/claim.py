"""What stands first on a page: one plain claim with its number, and what it is of."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Claim:
    """One plain sentence with one number.  span: the number's interval, and its zero where it has one."""

    text: str
    span: str = ""


@dataclass(frozen=True)
class Origin:
    """What a page is of, and what makes it again.

    data: the files and their columns, in words.  settings: what else there was to say, the seed among it.  when: the
    day, as ISO 8601 writes it, or a time that begins with it.  command: as it was typed.

    >>> origin = Origin("mydata.csv (age, income)", ("seed 7",), "2026-11-28T10:00", ("kellet", "plan", "mydata.csv"))
    >>> origin.line, origin.call
    ('mydata.csv (age, income), seed 7, 28 Nov 2026', 'kellet plan mydata.csv')
    """

    data: str
    settings: tuple[str, ...] = ()
    when: str = ""
    command: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """All but the command."""
        return ", ".join(filter(None, (self.data, *self.settings, show_day(self.when))))

    @property
    def call(self) -> str:
        """The command, to be typed again."""
        return shlex.join(self.command)


def show_day(when: str) -> str:
    """A day for people, whatever language they have set; text that is none stays as it is.

    >>> show_day("2026-11-28"), show_day("lately")
    ('28 Nov 2026', 'lately')
    """
    try:
        day = date.fromisoformat(when[:10])
    except ValueError:
        return when
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day} {months[day.month - 1]} {day.year}"


def name_file(path: str, columns: Sequence[str] = (), most: int = 12) -> str:
    """A file without its folders, and its columns; of many how many they are.

    >>> name_file("of/mine/mydata.csv", ("age", "income")), name_file("C:\\\\data\\\\my.csv"), name_file("a/*.parquet")
    ('mydata.csv (age, income)', 'my.csv', '*.parquet')
    """
    base = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    named = ", ".join(columns) if len(columns) <= most else f"{len(columns):,} columns"
    return f"{base} ({named})" if named else base
