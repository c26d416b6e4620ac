"""Accepts the ``p_`` keywords of Databus 8: ``Attachment(p_name="a.txt")`` for ``Attachment(name="a.txt")``.

Says what to write instead of those that are gone (:func:`gone_keywords`), and has ids that serve as its texts did
(:class:`JoinedUUID`). Nothing else in Databus knows them. Methods
that plug-ins override keep their own parameter names, because Databus calls them positionally.
"""

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, TypeVar
from uuid import UUID

from databus.errors import ConfigError, Problem

T = TypeVar("T", bound=Callable[..., Any])

PREFIX = "p_"


def p_keywords(target: T) -> T:
    """Decorate a function, or a class with its constructor and its own public methods, to take ``p_xxx=`` for ``xxx=``.

    Positional calls cost one more call and nothing else. A name with and without the prefix in one call is a TypeError.
    """
    if isinstance(target, type):
        _accept_in_class(target)
        return target
    return _accepting(target)  # type: ignore[return-value] # a function that takes what the target takes, and more


def gone_keywords(place: str, remedies: Mapping[str, str]) -> Callable[[T], T]:
    """Decorate a function to refuse keywords that it does not have (any more), with the remedy.

    One that is gone and None asks for nothing: it is passed over, with a DeprecationWarning.

    Args:
        place: What the caller calls the function.
        remedies: What to do instead of each keyword that Databus 8 had.
    """

    def decorate(function: T) -> T:
        names = _parameter_names(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **_still_known(kwargs, names, place, remedies))

        return call  # type: ignore[return-value] # a function that takes what the target takes

    return decorate


def _still_known(
    kwargs: dict[str, Any], names: frozenset[str], place: str, remedies: Mapping[str, str]
) -> dict[str, Any]:
    known: dict[str, Any] = {}
    problems: list[Problem] = []
    for given, value in kwargs.items():
        remedy = remedies.get(given.removeprefix(PREFIX))
        if given in names:
            known[given] = value
        elif remedy is None:
            there_are = ", ".join(sorted(names - {"self"}))
            problems.append(Problem(place, given, f"there is no such keyword; there are {there_are}"))
        elif value is not None:
            problems.append(Problem(place, given, remedy))
        else:  # the levels: this function, the two decorators', and then whoever called
            warnings.warn(f"{given} is gone: {remedy}", DeprecationWarning, stacklevel=4)
    if problems:
        raise ConfigError(problems)
    return known


def _accept_in_class(cls: type) -> None:
    for name, member in list(vars(cls).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, FunctionType):
            setattr(cls, name, _accepting(member))
        elif isinstance(member, (staticmethod, classmethod)):
            setattr(cls, name, type(member)(_accepting(member.__func__)))


def _accepting(function: Callable[..., Any]) -> Callable[..., Any]:
    names = _parameter_names(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return function(*args)
        return function(*args, **(kwargs if names.issuperset(kwargs) else _without_prefix(kwargs, names, function)))

    return call


def _parameter_names(function: Callable[..., Any]) -> frozenset[str]:
    code = inspect.unwrap(function).__code__
    return frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _without_prefix(kwargs: dict[str, Any], names: frozenset[str], function: Callable[..., Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for given, value in kwargs.items():
        name = given if given in names else given.removeprefix(PREFIX)
        if name not in names:
            name = given
        if name in changed:
            raise TypeError(f"{function.__qualname__}() got both {name!r} and {PREFIX + name!r}, which are the same")
        changed[name] = value
    return changed


class JoinedUUID(UUID):
    """A UUID that joins with texts by ``+``: in Databus 8 ids of passengers from the queue were texts."""

    __slots__ = ()

    def __add__(self, other: object) -> str:
        return str(self) + other if isinstance(other, str) else NotImplemented

    def __radd__(self, other: object) -> str:
        return other + str(self) if isinstance(other, str) else NotImplemented
