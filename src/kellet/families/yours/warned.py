"""What somebody's code warns of, folded: how often it did, and of what first."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kellet.characters import reveal


@dataclass
class Warned:
    """count: how many warnings there were.  first: the first in words, empty where there was none.

    >>> warned = Warned()
    >>> with warned.fold():
    ...     for i in range(3): warnings.warn(f"no {i}")
    >>> warned.describe()
    "3 warnings of somebody's code, the first: UserWarning: no 0"
    """

    count: int = 0
    first: str = ""

    def add(self, other: Warned) -> None:
        """Count those, too."""
        self.count, self.first = self.count + other.count, self.first or other.first

    @contextmanager
    def fold(self) -> Iterator[None]:
        """Warnings inside are counted instead of shown.

        Who shows them is the same for a whole process: in another thread than its first they are shown as ever.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def count(message: Warning | str, category: type[Warning], *_: object) -> None:
            line = next(iter(str(message).strip().splitlines()), "")
            self.add(Warned(1, f"{category.__name__}: {reveal(line)}"))

        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = count  # type: ignore[assignment]
            yield

    def describe(self) -> str:
        """In one line."""
        return f"{self.count:,} warning{'s' * (self.count > 1)} of somebody's code, the first: {self.first}"

    def tell(self) -> None:
        """Warn of all of them once, if there were any."""
        if self.count:
            warnings.warn(self.describe(), stacklevel=3)
