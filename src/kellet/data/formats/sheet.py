"""One sheet of a workbook, read by a program of its own with bounded memory: the reader allocates what a cell's
address claims, a billion rows if need be, and where that fails it takes its process along.

``python sheet.py BYTES SHEET`` reads a workbook from standard input; with an empty SHEET the only one in which
something stands.  It writes a line of JSON (all sheets and those that are meant, or what is wrong), then the sheet as
an Arrow stream.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path


def _limit(size: int) -> None:
    """No more than so many bytes beside what is taken already, where the system can say so."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = taken + size
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def main(size: str, asked: str) -> None:
    """Read standard input, write standard output."""
    import fastexcel
    import polars

    raw = sys.stdin.buffer.read()
    _limit(int(size))
    out = sys.stdout.buffer
    try:
        book = fastexcel.read_excel(raw)
        every = book.sheet_names
        meant = [asked] if asked else [name for name in every if book.load_sheet(name, header_row=None).height]
        told: dict[str, object] = {"sheets": every, "meant": meant}
        frame = book.load_sheet(meant[0]).to_polars() if meant[1:] == [] and meant and meant[0] in every else None
    except Exception as error:  # Whatever its reader finds is the parent's to tell.
        told, frame = {"wrong": str(error) or type(error).__name__}, None
    out.write(json.dumps(told).encode() + b"\n")
    if isinstance(frame, polars.DataFrame):
        frame.write_ipc_stream(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
