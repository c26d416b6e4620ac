"""Checking a configuration that somebody is writing."""

import json
import sys
from pathlib import Path

import pytest

from databus.web.checks import MOST_UNDER_WAY, Checks
from tests.web.administration import ROUTE


def _config(*pushers: str) -> bytes:
    return json.dumps({"passengers": [{**ROUTE, "pushers": list(pushers)}], "open": True}).encode()


def test_modules_that_hang_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"hanging_in_checks_{number}" for number in range(MOST_UNDER_WAY)]
    for name in names:
        (tmp_path / f"{name}.py").write_text("import time\ntime.sleep(3)\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    checks = Checks(limit=0.1)
    for name in names:
        assert "did not finish importing" in checks.check(_config(name), "x").problems[0].reason
    checked = checks.check(_config("no.such.module"), "x")
    assert (checked.problems, checked.modules) == ([], [])
    assert "still do not answer" in checked.note


def test_a_module_with_a_problem_is_told_from_those_that_load() -> None:
    checked = Checks().check(_config(*ROUTE["pushers"], "no.such.module"), "x")
    assert [(each.name, bool(each.problem)) for each in checked.modules[-2:]] == [
        (ROUTE["pushers"][0], False),
        ("no.such.module", True),
    ]


def test_a_module_that_stands_there_twice_is_a_problem_but_loads() -> None:
    checked = Checks().check(_config(*ROUTE["pushers"], *ROUTE["pushers"]), "x")
    assert "is already the name of" in checked.problems[0].reason
    assert [each.problem for each in checked.modules] == [""] * len(checked.modules)


def test_references_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKED_MODULE", ROUTE["pushers"][0])
    assert Checks().check(_config("${CHECKED_MODULE}"), "x").problems == []
