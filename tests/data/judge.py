"""Read files one after the other, and say of each what came of it: one JSON line with seconds and peak memory.

``python judge.py FOLDER SECONDS NAME...``: a program of its own, so that what aborts is seen, too.
"""

import contextlib
import ctypes
import gc
import json
import resource
import signal
import sys
import time
import warnings
from pathlib import Path


class TooLongError(BaseException):
    """It took too long."""


def _stop(*_):
    raise TooLongError


def _peak():
    """Bytes at the most since the last look, on Linux; else since the process began."""
    try:
        told = Path("/proc/self/status").read_text()
        peak = int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1])
        Path("/proc/self/clear_refs").write_text("5")
    # Elsewhere there is only that of the whole process.
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1024 * peak


def _forget():
    """What was read before doesn't count."""
    from kellet.data import reading

    reading._read.cache_clear()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    _peak()


def judge(path):
    """How it went, "read", "refused" or what went wrong; and what was said."""
    from kellet import read
    from kellet.errors import InputError

    try:
        read(path).answer().json()
    except InputError as error:
        return "refused" if "\n" not in str(error) else f"in several lines: {error}"[:500], str(error)
    except TooLongError:
        return "too long", ""
    except BaseException as error:  # Whatever it is, it is none of what a person should see.
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename}:{last.lineno}: {str(error)[:200]!r}", ""
    return "read", ""


def main(folder, seconds, *names):
    signal.signal(signal.SIGALRM, _stop)
    signal.signal(signal.SIGPROF, _stop)
    warnings.simplefilter("error")
    judge(str(Path(__file__).with_name("nothing")))
    _peak()
    for name in names:
        print(json.dumps({"begun": name}), flush=True)
        # Of computing, since others may be busy here; and of the clock, should it wait for something.
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, float(seconds))
        signal.alarm(int(10 * float(seconds)))
        try:
            outcome, said = judge(str(Path(folder, name)))
        finally:
            signal.alarm(0)
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time() - began
        peak = _peak()
        _forget()
        print(json.dumps({"name": name, "outcome": outcome, "said": said, "took": took, "peak": peak}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
