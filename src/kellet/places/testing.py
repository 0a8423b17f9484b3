"""Testing: an audit as an assertion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kellet.audit.answer import MOST, tell_expected
from kellet.audit.page import html
from kellet.audit.words import call, find, limit, say_gate, sentences, worst
from kellet.characters import reveal
from kellet.errors import check_path
from kellet.experiment.auditing import Audit, audit
from kellet.experiment.running.folder import Folder


def assert_no_tail_loss(
    reference: Any, *candidates: Any, out: str | Path | None = None, inconclusive_ok: bool = False, **options: Any
) -> Audit:
    """The audit of data sets against a reference, if it passes; else an AssertionError that says what is wrong.

    reference, candidates: paths, profiles among them, or objects, as `kellet.audit` takes them.  out: where the report
    is written, whatever comes of it.  inconclusive_ok: whether data may be too few to tell.  options: ``gates``,
    ``holdout``, ``redact`` and all others of `kellet.audit`.

    >>> import kellet
    >>> kellet.assert_no_tail_loss(["to be or not to be"] * 99, ["to be"] * 99)
    Traceback (most recent call last):
    AssertionError: ...
    """
    __tracebackhide__ = True
    if out is not None:
        check_path(out)
    found = audit(reference, *candidates, **options)
    if out is not None:
        Folder(Path(out).parent).write_text(Path(out).name, html(found.diagnosis))
    if found.exit_code and not (found.exit_code == 3 and inconclusive_ok):
        written = [] if out is None else [f"Report: {out}"]
        raise AssertionError(reveal("\n".join([*_tell(found), *written]), lines=True))
    return found


def _tell(found: Audit) -> Iterator[str]:
    """What is wrong, a line each."""
    yield from sentences(found.diagnosis)
    yield from (say_gate(gate) for gate in found.gates if not gate.passed)
    if found.exit_code == 3:
        yield "Larger data would tell; inconclusive_ok=True lets this pass."
    look = worst(found.diagnosis)
    assert look is not None
    if rare := find(look, "rare"):
        yield f"Of what is rare {limit(rare)}."
    if look.losses:
        yield "Most surprising losses (was, is, due):"
    for place, loss in enumerate(look.losses[:MOST], start=1):
        name = call(loss, place, found.diagnosis.redacted)
        yield f"  {name} ({loss.about or loss.kind}): {loss.reference:,}, {loss.candidate:,}, {tell_expected(loss)}"
