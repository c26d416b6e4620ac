"""Opening the database that a command works on."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from databus.cli.failing import WrongUsage
from databus.cli.where import Given, Where, resolve
from databus.errors import ConfigError, PluginError, StoreOwned

if TYPE_CHECKING:  # heavy: loaded when a command opens a database
    from databus.database.abstract_database import AbstractDatabase

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds to wait for a short command that has the database to itself."""

PAUSE = 0.05


@contextmanager
def reached(given: Given, *, serve: bool = False, take_over: bool = True) -> Iterator["AbstractDatabase"]:
    """Open the database, or reach it through the process that owns it.

    Args:
        serve: Whether others may work through this process meanwhile. Short commands do not let them: who waits a
            moment has it alone.
        take_over: Whether this process becomes the owner when that one ends.

    Raises:
        StoreOwned: Another process has it, and does not answer.
    """
    where = resolve(given)
    with opened(where, serve=serve, take_over=take_over) as database:
        yield database


@contextmanager
def opened(
    where: Where, *, serve: bool = False, may_be_new: bool = False, take_over: bool = True
) -> Iterator["AbstractDatabase"]:
    """Do what :func:`reached` does, for a place that is known already.

    Args:
        where: The place.
        serve: As for :func:`reached`.
        may_be_new: Whether a database that is not there is made.
        take_over: As for :func:`reached`.
    """
    from databus.database.opening import reached_database

    if may_be_new:
        where.make_folder()
    else:
        where.check_laid_out()
    with ExitStack() as stack:
        reaching = partial(reached_database, where.module, where.arguments, serve=serve, take_over=take_over)
        yield patiently(lambda: stack.enter_context(reaching()))


def patiently(take: Callable[[], T], *, patience: float = PATIENCE) -> T:
    """Do something that needs the database, again and again while a short command has it.

    Raises:
        WrongUsage: There is no such engine, or it does not take these arguments.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return take()
        except StoreOwned:
            if time.monotonic() >= until:
                raise
            time.sleep(PAUSE)
        except (PluginError, ConfigError) as error:
            raise WrongUsage(str(error)) from error
