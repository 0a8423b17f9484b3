"""The command ``kellet``: its verbs, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import warnings
from textwrap import indent

import click

from kellet.cli.audit import audit
from kellet.cli.compare import compare
from kellet.cli.completion import completion
from kellet.cli.data import data
from kellet.cli.estimate import estimate
from kellet.cli.lab import lab
from kellet.cli.mix import mix
from kellet.cli.plan import plan
from kellet.cli.printing import warn
from kellet.cli.profile import profile
from kellet.cli.reproduce import reproduce
from kellet.cli.run import run
from kellet.cli.runs import runs, watch
from kellet.cli.show import report, show
from kellet.cli.surroundings import withstand
from kellet.cli.theory import theory
from kellet.cli.verify import verify
from kellet.errors import InputError, check_text
from kellet.imports import OURS, SAFE
from kellet.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kellet")
def kellet() -> None:
    """Model collapse: what closed training loops forget, and how little real data keeps them.

    \b
    kellet data mydata.csv     what is in your data, and what is taken for what
    kellet audit REAL WRITTEN  whether data that models wrote lost what is rare, and what
    kellet estimate CORPUS     what share of it models wrote, or that it can't be known
    kellet plan mydata.csv     how much real data your loop needs
    kellet mix --real REAL -o MIX   the next training set, whose real rows cannot be lost
    kellet verify MIX          whether a mix is still what it was
    kellet lab                 turn the knobs of a loop yourself, in a browser
    kellet run digits          watch ten handwritten digits die out, and what keeps them
    kellet run words           the same for the words of a text
    kellet run web             five models and ever fewer people who read each other, ten years long
    kellet run mydata.csv      the same for your own data
    kellet show RUN            the table of a run again
    kellet report RUN          its page again
    kellet runs                which runs there are, and how far each is
    kellet watch RUN           follow a run from another terminal
    kellet compare RUN RUN     several runs side by side
    kellet profile SHARDS      count what is in data of any size, to audit it later
    kellet theory              what theory expects of a loop, without running it
    kellet reproduce           results of the field, redone: their numbers beside ours
    kellet completion bash     what makes a shell complete all this

    Exit codes: 0 done, 1 a check failed, 2 bad input, 3 too little data to say.
    """


VERBS = (
    data, audit, estimate, profile, plan, mix, verify, run, lab, show, report, runs, watch, compare, theory, reproduce,
    completion,
)  # fmt: skip
for verb in VERBS:
    kellet.add_command(verb)


@withstand
def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input is one line on standard error and exit code 2, never a traceback."""
    before = os.environ.get(SAFE)
    # Packages start processes of their own, which would look for modules among data.
    os.environ.setdefault(SAFE, OURS)
    try:
        _run(arguments)
    finally:
        if before is None:
            del os.environ[SAFE]


def _run(arguments: list[str] | None) -> None:
    try:
        with warnings.catch_warnings():
            warnings.showwarning = warn  # type: ignore[assignment]
            for argument in sys.argv[1:] if arguments is None else arguments:
                check_text(argument)
            kellet.main(arguments, prog_name="kellet", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.UsageError as error:
        asked = error.ctx.command_path if error.ctx else "kellet"
        warn(InputError("a command that can be read", error.format_message().rstrip("."), f"`{asked} --help`").line)
        sys.exit(2)
    except InputError as error:
        warn(error.line)
        if error.code:
            click.echo(f"\n{indent(error.code, ' ' * 4)}\n", err=True)
        sys.exit(2)
    except OSError as error:
        warn(InputError("files that can be read and written", error, "another path, or a look at the disk").line)
        sys.exit(2)
    except MemoryError as error:
        warn(f"expected settings that fit into memory; got {error}. Try a smaller --size.")
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        warn("interrupted; run the same command again to resume")
        sys.exit(130)
