"""The p_ keywords of Databus 8."""

from typing import Any

import pytest

from databus.compat import p_keywords


@p_keywords
def join(first: str, second: str = "b", *, sep: str = "-") -> str:
    """Join."""
    return sep.join((first, second))


@p_keywords
class Thing:
    """A thing."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def rename(self, name: str) -> str:
        self.name = name
        return self._shout(name=name)

    def _shout(self, name: str) -> str:
        return name.upper()

    @staticmethod
    def both(left: int, right: int) -> int:
        return left - right

    @classmethod
    def make(cls, name: str) -> "Thing":
        return cls(name)


ANY_JOIN: Any = join
ANY_THING: Any = Thing


def test_positional_and_own_names_work() -> None:
    assert join("a") == "a-b"
    assert join(first="a", second="c", sep="+") == "a+c"


def test_p_names_work_in_functions() -> None:
    assert ANY_JOIN(p_first="a", p_second="c", p_sep="+") == "a+c"
    assert ANY_JOIN("a", p_sep="/") == "a/b"


def test_p_names_work_in_classes() -> None:
    thing = ANY_THING(p_name="a")
    assert thing.name == "a"
    assert thing.rename(p_name="b") == "B"
    assert ANY_THING.both(p_left=3, p_right=1) == 2
    assert ANY_THING.make(p_name="c").name == "c"


def test_a_subclass_may_call_up_with_either() -> None:
    class Old(Thing):
        def __init__(self, p_name: str = "") -> None:
            ANY_THING.__init__(self, p_name=p_name)

    assert Old(p_name="a").name == "a"


def test_both_names_at_once_are_refused() -> None:
    with pytest.raises(TypeError, match=r"join\(\) got both 'first' and 'p_first'"):
        ANY_JOIN(first="a", p_first="b")


def test_unknown_names_are_refused_as_ever() -> None:
    with pytest.raises(TypeError, match="'p_third'"):
        ANY_JOIN("a", p_third="b")
    with pytest.raises(TypeError, match="multiple values"):
        ANY_JOIN("a", p_first="b")


def test_a_parameter_that_really_has_the_prefix_keeps_it() -> None:
    @p_keywords
    def own(p_name: str) -> str:
        return p_name

    assert own(p_name="a") == "a"


def test_names_and_docstrings_stay() -> None:
    assert join.__doc__ == "Join."
    assert Thing.rename.__qualname__ == "Thing.rename"
