"""Where modules are looked for: the first that this package imports, and itself it imports only what Python has loaded.

``python -m kellet`` puts the current folder in front of everything else, and what lies there are somebody's data: a
``typing.py`` or ``cython.py`` beside them is none of the modules that Kellet and its packages ask for.
"""

# ruff: noqa: PTH100, PTH109, PTH120

import os
import sys

SAFE = "PYTHONSAFEPATH"
"""Where it is set, to whatever, a new process of Python doesn't look in the current folder for modules."""
OURS = "kellet"
"""What it is where Kellet has set it, and not a person, whose own programs then don't see it."""


def leave_folder() -> None:
    """Take the current folder off the front of the path, if Python put it there to run this package."""
    if sys.argv[:1] != ["-m"] or sys.flags.safe_path or sys.flags.isolated:
        return
    # What stands behind -m is what is imported now, unless another program imports this package.
    if not sys.orig_argv[-len(sys.argv)].endswith("kellet") or sys.path[:1] != [os.getcwd()]:
        return
    del sys.path[0]
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.path.realpath(home) == os.path.realpath(os.getcwd()):
        # Worker processes have to find the package, too.
        sys.path.append(home)


leave_folder()
