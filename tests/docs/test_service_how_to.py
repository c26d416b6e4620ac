"""docs/how-to/service.md: its unit is one, and its backup can be put in the place of what was lost."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.docs.pages import ROOT, blocks, run

PAGE = "docs/how-to/service.md"


def unit() -> str:
    """Return the unit file."""
    return next(block for block in blocks(PAGE, "ini") if "[Service]" in block)


def test_its_unit_starts_a_command_that_there_is(tmp_path: Path) -> None:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(unit())
    service = parsed["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert run(f"{Path(program).name} {shlex.join(words)} --help", tmp_path)
    assert service["ReadWritePaths"] == service["WorkingDirectory"]


def test_systemd_takes_its_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is not None:  # a machine without systemd has nobody to ask
        file = tmp_path / "databus.service"
        file.write_text(unit().replace("/srv/databus/venv/bin/databus", "/bin/true"), encoding="utf-8")
        said = subprocess.run([verify, "verify", str(file)], capture_output=True, text=True, check=False)
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_its_backup_is_restored(tmp_path: Path) -> None:
    scripts = [block.replace("/var/backups/databus", "backups") for block in blocks(PAGE, "sh")]
    backup, restore = (script for script in scripts if "backups/" in script)
    run("mkdir backups; databus init; databus drive demo", tmp_path)
    before = run("databus queue demo", tmp_path)
    assert before.count("\n") == 2
    run(f"{backup}databus drive demo", tmp_path)
    assert run("databus queue demo", tmp_path).count("\n") == 4
    run(restore, tmp_path)
    assert run("databus queue demo", tmp_path) == before

    (rest,) = re.findall(r"`(databus export CLIENT [^`]+)`", (ROOT / PAGE).read_text(encoding="utf-8"))
    run(rest.replace("CLIENT", "demo"), tmp_path)
    assert run("databus queue demo", tmp_path).count("\n") == 4
