"""The tutorial works as it is written."""

from pathlib import Path

from tests.docs.pages import blocks, run, write_files

PAGE = "docs/tutorial/first-plug-in.md"


def test_the_first_plug_in(tmp_path: Path) -> None:
    setup, drive, again = blocks(PAGE, "sh")
    run("\n".join(line for line in setup.splitlines() if line.startswith("databus")), tmp_path)
    assert len(write_files(PAGE, tmp_path)) == 5

    shown = run(drive, tmp_path)
    assert "4711.json\n4713.json\n" in shown
    assert "dead" in shown
    assert "the amount is -5" in shown

    assert "4711.json\n4712.json\n4713.json\n" in run(again, tmp_path)
