"""docs/reference/command-line.md names every command, every option, every environment variable and exit code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from databus.cli.app import make_app
from databus.cli.failing import Exit
from databus.cli.where import ENVIRONMENT

PAGE = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text(encoding="utf-8")
EVERYWHERE = {"data", "database", "database_module", "database_arguments", "debug", "help"}


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield f"{path}{name}", inner
        yield from _commands(inner, f"{path}{name} ")


COMMANDS = dict(_commands(typer.main.get_command(make_app()), ""))


def _section(command: str) -> str:
    """Return the part of the page about a command: from its first word's heading to the next heading."""
    first = command.split(maxsplit=1)[0]
    for section in re.split(r"(?m)^## ", PAGE):
        if re.search(rf"`databus {first}\b", section.splitlines()[0]):
            return section
    raise AssertionError(f"docs/reference/command-line.md has no section `databus {first}`")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_is_documented(command: str) -> None:
    assert f"{command}" in _section(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    options = [
        option
        for parameter in COMMANDS[command].params
        if parameter.name not in EVERYWHERE
        for option in parameter.opts
        if option.startswith("-")
    ]
    section = _section(command)
    assert [option for option in options if not re.search(rf"`{option}\b|, `{option}`", section)] == []


def test_every_common_option_is_documented() -> None:
    assert [name for name in EVERYWHERE if f"`--{name.replace('_', '-')}" not in PAGE] == []


def test_every_environment_variable_is_documented() -> None:
    assert [name for name in ENVIRONMENT.values() if f"`{name}`" not in PAGE] == []


def test_every_exit_code_is_documented() -> None:
    assert [code for code in Exit if not re.search(rf"(?m)^\| {code.value} \|", PAGE)] == []


def test_the_page_names_no_option_that_is_not_there() -> None:
    there = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert named - there - {"--version", "--help"} == set()
