"""Taking files and commands out of a documentation page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"\A(?:#|//) (?P<path>data/\S+)\n")


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [found["text"] for found in _BLOCK.finditer(text) if found["language"] == language]


def write_files(page: str, folder: Path) -> list[str]:
    """Write every block whose first line names a file below ``data/``; return the names."""
    written = []
    for language in ("python", "json", "csv"):
        for text in blocks(page, language):
            named = _NAMED.match(text)
            if named:
                path = folder / named["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text[named.end() :], encoding="utf-8")
                written.append(named["path"])
    return written
