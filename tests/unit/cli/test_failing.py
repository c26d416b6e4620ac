"""Exit codes and sentences."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from databus.cli.failing import Exit, WrongUsage, guarded
from databus.errors import ConfigError, DatabusError, NotFound, Problem, StoreError, StoreOwned, StoreUnreachable

EARLY = """
import signal
import databus.__main__ as main
main.collect_less_often = lambda: signal.raise_signal(signal.SIGINT)
main.main()
"""


def _raising(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabusError("no"), Exit.FAILED),
        (NotFound("no"), Exit.FAILED),
        (StoreError("no"), Exit.FAILED),
        (WrongUsage("no"), Exit.USAGE),
        (StoreOwned("no"), Exit.UNREACHABLE),
        (StoreUnreachable("no"), Exit.UNREACHABLE),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
    ],
)
def test_errors_are_one_sentence_and_a_code(
    error: BaseException, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(_raising(error), debug=False) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("databus: ")
    assert err.count("\n") == 1


def test_no_error_from_outside_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(_raising(DatabusError("no file: order\x1b]0;owned\x07\x1b[2J\r.xml\nsecond line")), debug=False)
    assert capsys.readouterr().err == "databus: no file: order\\x1b]0;owned\\x07\\x1b[2J\\r.xml\nsecond line\n"


def test_every_problem_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigError([Problem("a.json", "x", "is wrong"), Problem("b.json", "", "is empty")])
    assert guarded(_raising(error), debug=False) == Exit.FAILED
    assert capsys.readouterr().err == "databus: a.json: x: is wrong\ndatabus: b.json: is empty\n"


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: open("/nowhere/at/all"), debug=False) == Exit.FAILED  # type: ignore[arg-type,return-value] # noqa: SIM115 - it never opens
    assert capsys.readouterr().err == "databus: No such file or directory: /nowhere/at/all\n"


def test_what_nobody_expected_says_how_to_see_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(_raising(ZeroDivisionError("oh")), debug=False) == Exit.FAILED
    assert capsys.readouterr().err == "databus: unexpected ZeroDivisionError: oh (--debug shows where)\n"


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(_raising(DatabusError("no")), debug=True)
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_before_a_command_is_reached_has_the_same_code() -> None:
    done = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "databus: interrupted\n")


def test_codes_of_commands_are_passed_on() -> None:
    assert guarded(lambda: None, debug=False) == Exit.DONE
    assert guarded(lambda: 1, debug=False) == Exit.FAILED
