"""The command line: one file per verb, and what all verbs share."""

from __future__ import annotations

import sys
import warnings

import click

from kedge import __version__
from kedge.cli.compare import compare
from kedge.cli.plan import plan
from kedge.cli.report import report
from kedge.cli.run import run
from kedge.cli.runs import runs
from kedge.cli.show import show
from kedge.cli.theory import theory
from kedge.cli.watch import watch
from kedge.errors import InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kedge")
def kedge() -> None:
    """Model collapse: what closed training loops forget, and how little real data keeps them.

    \b
    kedge plan mydata.csv --keep variance=0.9    how much real data your loop needs
    kedge run digits          watch ten handwritten digits die out, and what keeps them
    kedge run words           the same for the words of a text
    kedge run mydata.csv      the same for your own data
    kedge show RUN            the table of a run again
    kedge report RUN          its page again
    kedge runs                which runs there are, and how far each is
    kedge watch RUN           follow a run from another terminal
    kedge compare RUN RUN     several runs side by side
    kedge theory              what theory expects of a loop, without running it

    Exit codes: 0 done, 1 a check failed, 2 bad input, 3 too little data to say.
    """


kedge.add_command(compare)
kedge.add_command(plan)
kedge.add_command(run)
kedge.add_command(show)
kedge.add_command(report)
kedge.add_command(theory)
kedge.add_command(runs)
kedge.add_command(watch)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input is one line on standard error and exit code 2, never a traceback."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn  # type: ignore[assignment]
            kedge.main(arguments, prog_name="kedge", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (InputError, OSError) as error:
        click.echo(f"kedge: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    except MemoryError as error:
        click.echo(f"kedge: expected settings that fit into memory; got {error}. Try a smaller --size.", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("kedge: interrupted; the same command goes on where it stopped", err=True)
        sys.exit(130)


def _warn(message: Warning | str, *_: object) -> None:
    """In one line, without the line of code that it came from."""
    click.echo(f"kedge: {message}", err=True)
