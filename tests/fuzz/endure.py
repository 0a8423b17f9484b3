"""The fuzzers again and again with other seeds until the time is up: `make fuzz`, for MINUTES=30 unless it is said.

What is found lies in tests/fuzz/corpus afterwards, as small as it could be made; it belongs there, under a name that
says what it is, with what mends it.
"""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def endure(minutes: float) -> int:
    """The exit code: not 0 as soon as a round found something."""
    end, rounds = time.monotonic() + 60 * minutes, 0
    while (left := end - time.monotonic()) > 0:
        seed = secrets.randbelow(2**32)
        pytest = (sys.executable, "-m", "pytest", "-n", "auto", f"--hypothesis-seed={seed}", str(HERE))
        environment = os.environ | {"HYPOTHESIS_PROFILE": "long fuzz"}
        try:
            code = subprocess.run(pytest, env=environment, cwd=HERE.parents[1], timeout=left, check=False).returncode
        except subprocess.TimeoutExpired:
            code = 0
        if found := sorted(HERE.glob("corpus/*/*new.*")):
            print(f"Seed {seed} found {', '.join(map(str, found))}", flush=True)
        if code or found:
            return code or 1
        rounds += 1
    print(f"{rounds} rounds found nothing, the last of them cut short.")
    return 0


if __name__ == "__main__":
    sys.exit(endure(float(os.environ.get("MINUTES", "30"))))
