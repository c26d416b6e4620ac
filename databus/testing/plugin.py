"""The suite's command-line options, known to pytest by an entry point."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say which engine is tested."""
    group = parser.getgroup("databus", "conformance of a Databus database engine (databus.testing)")
    group.addoption("--database-module", metavar="MODULE", help="module of the engine to be tested")
    group.addoption(
        "--database-arguments",
        metavar="JSON",
        default="{}",
        help="its arguments; {tmp} becomes a new folder and {unique} a new name in each test",
    )
    group.addoption(
        "--database-volatile",
        action="store_true",
        help="the engine keeps nothing beyond its process: leave out what closes or kills it and opens it again",
    )
    group.addoption(
        "--database-in-memory",
        action="store_true",
        help="the engine has attachments whole in memory: leave out that a large one is only streamed",
    )
