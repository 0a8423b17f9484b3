"""The command ``kellet``: its verbs, and what becomes of errors."""

from __future__ import annotations

import sys
import warnings
from textwrap import indent

import click

from kellet.cli.compare import compare
from kellet.cli.data import data
from kellet.cli.plan import plan
from kellet.cli.run import run
from kellet.cli.runs import runs, watch
from kellet.cli.show import report, show
from kellet.cli.surroundings import withstand
from kellet.cli.theory import theory
from kellet.errors import InputError
from kellet.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kellet")
def kellet() -> None:
    """Model collapse: what closed training loops forget, and how little real data keeps them.

    \b
    kellet data mydata.csv     what is in your data, and what is taken for what
    kellet plan mydata.csv     how much real data your loop needs
    kellet run digits          watch ten handwritten digits die out, and what keeps them
    kellet run words           the same for the words of a text
    kellet run mydata.csv      the same for your own data
    kellet show RUN            the table of a run again
    kellet report RUN          its page again
    kellet runs                which runs there are, and how far each is
    kellet watch RUN           follow a run from another terminal
    kellet compare RUN RUN     several runs side by side
    kellet theory              what theory expects of a loop, without running it

    Exit codes: 0 done, 1 a check failed, 2 bad input, 3 too little data to say.
    """


for verb in (data, plan, run, show, report, runs, watch, compare, theory):
    kellet.add_command(verb)


@withstand
def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input is one line on standard error and exit code 2, never a traceback."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn  # type: ignore[assignment]
            kellet.main(arguments, prog_name="kellet", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (InputError, OSError) as error:
        lines = error.parts[-1] if isinstance(error, InputError) else ""
        click.echo(f"kellet: {' '.join(str(error).removesuffix(lines).split())}", err=True)
        if lines:
            click.echo(f"\n{indent(lines, ' ' * 4)}\n", err=True)
        sys.exit(2)
    except MemoryError as error:
        click.echo(f"kellet: expected settings that fit into memory; got {error}. Try a smaller --size.", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("kellet: interrupted; the same command goes on where it stopped", err=True)
        sys.exit(130)


def _warn(message: Warning | str, *_: object) -> None:
    """In one line, without the line of code that it came from."""
    click.echo(f"kellet: {message}", err=True)
