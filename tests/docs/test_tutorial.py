"""The tutorial works as it is written."""

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks, write_files

PAGE = "docs/tutorial/first-plug-in.md"


def run(script: str, folder: Path) -> str:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_plug_in(tmp_path: Path) -> None:
    setup, drive, again = blocks(PAGE, "sh")
    run("\n".join(line for line in setup.splitlines() if line.startswith("databus")), tmp_path)
    assert len(write_files(PAGE, tmp_path)) == 5

    shown = run(drive, tmp_path)
    assert "4711.json\n4713.json\n" in shown
    assert "dead" in shown
    assert "the amount is -5" in shown

    assert "4711.json\n4712.json\n4713.json\n" in run(again, tmp_path)
