"""Options that several verbs have."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import click

from kellet import memory
from kellet.cli.completion import complete_families
from kellet.errors import InputError
from kellet.experiment.numbers import parse_number, parse_share, parse_whole

if TYPE_CHECKING:
    from concurrent.futures import Executor

Command = TypeVar("Command", bound=Callable[..., Any])


class Wish(TypedDict, total=False):
    """What the options beside a TARGET say of an experiment; what is None is left to it."""

    family: str | None
    sampler: str | None
    size: str | None
    generations: int | None
    replicates: int | None
    seed: int | None
    columns: str | None
    kinds: str | None
    missing_words: str | None
    tokens: Literal["words", "characters", "bytes", "bpe"] | None
    documents: Literal["conversations", "turns", "paragraphs", "lines", "files"] | None
    label: str | None
    device: str | None
    metrics: str | None
    arms: tuple[str, ...]
    grid: tuple[str, ...]
    trust: bool


if TYPE_CHECKING:
    ParamType = click.ParamType[float]
else:
    # Before click 8.4 there is no saying of what.
    ParamType = click.ParamType


class Number(ParamType):
    """A number as people type it; example: one to try where it is none."""

    name = "number"

    def __init__(self, parse: Callable[[str, str, str], float], example: str):
        self.parse, self.example = parse, example

    def convert(self, value: str | float, param: click.Parameter | None, _: click.Context | None) -> float:
        option = param.opts[0] if param else self.name
        return self.parse(value, option, f"{option} {self.example}") if isinstance(value, str) else value


class ShareOrFile(Number):
    """A share, or the path of an estimate, which stays a path."""

    name = "share or file"

    def convert(self, value: str | float, param: click.Parameter | None, context: click.Context | None) -> Any:
        """What is no file must be a number."""
        path = isinstance(value, str) and (value.endswith(".json") or os.path.lexists(value))
        return value if path else super().convert(value, param, context)


WHOLE, SHARE = Number(parse_whole, "1000"), Number(parse_share, "0.1")
REAL = Number(parse_number, "1.5")
SHARE_OR_FILE = ShareOrFile(parse_share, "0.1")


def check_processes(_: click.Context, __: click.Parameter, jobs: int | None) -> int | None:
    """So many processes as a machine may have."""
    if jobs is not None:
        from kellet.experiment.extent import check_jobs

        check_jobs(jobs)
    return jobs


def limit(_: click.Context, __: click.Parameter, told: str | None) -> None:
    """From now on no more memory than was told."""
    if told is not None:
        memory.limit(told)


DATA = (
    click.option("--columns", metavar="A,B", help="Columns of a table to use; '\"height, cm\",weight' where a name has "
                 "a comma."),
    click.option("--kinds", metavar="A=KIND,..", help="What columns are where it is not what is found: number, count, "
                 "category, truth, date, identifier, constant, text or list."),
    click.option("--missing-words", metavar="A,B", help="What is written where a value is missing: '?,n/a'."),
    click.option("--label", metavar="COLUMN",
                 help="Column of labels, learnt from the others by --family regression or classification, whichever it "
                 "is; beside another family, of classes that a reader then looks for in what is written."),
    click.option("--memory", metavar="SIZE", callback=limit, expose_value=False,
                 help="Memory that reading the data may take: of more data a sample is read, or they are refused.  "
                 "[default: half of what the machine, the container and the process have, or KELLET_MEMORY]"),
)  # fmt: skip
"""What is to be said of a person's data."""
LEARNING = (
    click.option("--family", metavar="SPEC", shell_complete=complete_families,
                 help="How each generation learns: gaussian, categorical, mixture:components=5, "
                 "package.module:Class, or 'command:PROGRAM {train} {model}' with --sampler."),
    click.option("--sampler", metavar="PROGRAM", help="The program that writes, as 'PROGRAM {model} {n} {out}'."),
    click.option("--size", metavar="N,..", help="Points in each generation's training set, real ones included; of a "
                 "run several: one for each, then the last."),
    click.option("--generations", type=WHOLE,
                 help="Generations after the first, which learns from real data alone.  [default: 20 in a plan; of a "
                 "file of your own, as many as end in half a minute, such as 50; else the experiment's]"),
    click.option("--seed", type=WHOLE, help="Seed of all randomness; the same seed gives the same numbers.  [default: "
                 "the experiment's]"),
    *DATA,
    click.option("--tokens", type=click.Choice(["words", "characters", "bytes", "bpe"]),
                 help="What a family of text reads and writes.  [default: words]"),
    click.option("--documents", type=click.Choice(["conversations", "turns", "paragraphs", "lines", "files"]),
                 help="What one document is.  [default: a paragraph of a text, a row or conversation of a table]"),
    click.option("-j", "--jobs", type=WHOLE, callback=check_processes,
                 help="Processes; the numbers are the same.  [default: every "
                 "core, or a few more for few blocks; 1 on a GPU]"),
    click.option("--trust", is_flag=True, help="Programs and classes that a file or a run folder names, and not this "
                 "command, may run: you know who wrote it."),
    click.option("-o", "--out", metavar="FOLDER", help="Folder of the results; a run that is there is resumed.  "
                 "[default: runs/NAME-HASH]"),
)  # fmt: skip
ENGINE = (
    click.option("--engine", type=click.Choice(["local", "dask"]), default="local",
                 help="Where to compute: local processes or a Dask cluster.  [default: local]"),
    click.option("--address", metavar="URL", help="The scheduler of --engine dask."),
)  # fmt: skip
"""Where to compute, where it may be others than this machine."""


def choose_executor(address: str | None) -> AbstractContextManager[Executor | None]:
    """The workers of a cluster, if one is named."""
    if address is None:
        return nullcontext()
    from kellet.experiment.running.engines import dask

    return dask(address)


def name_files(told: Sequence[str]) -> dict[str, list[str]]:
    """Files by the names of models, of words such as ``llm-2=written.csv``; without one a file's own."""
    found: dict[str, list[str]] = {}
    for one in told:
        name, sign, path = one.partition("=")
        if not sign or os.path.lexists(one):
            name, path = Path(one).name.split(".")[0], one
        found.setdefault(name, []).append(path)
    return found


def check_engine(engine: str, address: str | None) -> None:
    """Bad input where a cluster is meant and not said where, or the other way round."""
    if (engine == "dask") != (address is not None):
        raise InputError("--engine dask together with --address", f"--engine {engine}", "--engine dask --address URL")


def add_options(options: tuple[Callable[[Command], Command], ...]) -> Callable[[Command], Command]:
    """Several options at once."""

    def add(command: Command) -> Command:
        """The command with these options."""
        for option in reversed(options):
            command = option(command)
        return command

    return add


data_options = add_options(DATA)
learning_options = add_options(LEARNING)
engine_options = add_options(ENGINE)
