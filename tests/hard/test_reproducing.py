"""A gallery whose process is killed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path


def test_a_killed_one_goes_on_to_the_same_numbers(tmp_path):
    program = [Path(sys.executable).parent / "kellet", "reproduce", "gaussian", "--json", "--jobs", "1", "-o"]
    process = subprocess.Popen([*program, tmp_path / "killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list((tmp_path / "killed").glob("gaussian/*/*/cells/[!.]*.parquet")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    told = [
        subprocess.run([*program, tmp_path / name], capture_output=True, check=True).stdout
        for name in ("killed", "whole")
    ]
    killed, whole = (json.loads(text)["papers"][0] for text in told)
    assert {**killed, "seconds": 0} == {**whole, "seconds": 0}
