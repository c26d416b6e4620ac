"""How a command ends: exit codes, and errors as one sentence on stderr."""

import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum

from databus.errors import UNREACHABLE, ConfigError, DatabusError


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class WrongUsage(DatabusError):
    """The command cannot be meant as it was given."""


def guarded(action: Callable[[], int | None], *, debug: bool) -> int:
    """Run a command and return its exit code, whatever it raises."""
    try:
        code = action()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _drop_output()
        return Exit.PIPE_CLOSED
    except KeyboardInterrupt:
        complain("interrupted")
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the border to the person at the terminal, who wants a sentence
        if debug:
            traceback.print_exc()
        return explain(error)
    return Exit.DONE if code is None else code


def explain(error: Exception) -> int:
    """Say what is wrong, and return the exit code that says how wrong."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            complain(str(problem))
    elif isinstance(error, DatabusError):
        complain(str(error))
    elif isinstance(error, OSError) and error.strerror:
        complain(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
    else:
        complain(f"unexpected {type(error).__name__}: {error} (--debug shows where)")
    return _code(error)


def _code(error: Exception) -> int:
    if isinstance(error, WrongUsage):
        return Exit.USAGE
    return Exit.UNREACHABLE if isinstance(error, UNREACHABLE) else Exit.FAILED


def complain(sentence: str) -> None:
    """Print a sentence on stderr."""
    note(f"databus: {sentence}")


def note(sentence: str) -> None:
    """Print on stderr what is worth knowing but no part of the output."""
    print("\n".join(printable(line) for line in sentence.split("\n")), file=sys.stderr)


def printable(text: str) -> str:
    """Return a text without control characters: they stand as escapes, so no name from outside steers a terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def open_standard_streams() -> None:
    """Let streams that the caller closed lead nowhere, so that no file is opened in their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - for as long as the process lives


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
