"""Ids in the order of time, RFC 9562."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID

from databus.passenger.ordered_ids import time_ordered_number

NOW = 1_645_557_742_000_000_000
"""The time of the RFC's example, in appendix A.6."""

TICK = 245
"""Nanoseconds after which the next id is a greater one."""


def _made(now: int) -> UUID:
    return UUID(int=time_ordered_number(now))


def test_version_and_variant() -> None:
    for made in (_made(NOW + each) for each in range(0, 2_000_000, 999)):
        assert (made.version, made.variant) == (7, RFC_4122)


def test_the_time_stands_where_the_rfc_says() -> None:
    assert str(_made(NOW)).startswith("017f22e2-79b0-7000-")
    assert str(_made(NOW + 500_000)).startswith("017f22e2-79b0-7800-")
    assert str(_made(NOW + 999_999)).startswith("017f22e2-79b0-7fff-")
    assert str(_made(NOW + 1_000_000)).startswith("017f22e2-79b1-7000-")


def test_later_ones_are_greater_as_ids_and_as_texts() -> None:
    made = [_made(NOW + each * TICK) for each in range(10_000)]
    assert all(before < after for before, after in pairwise(made))
    assert all(before < after for before, after in pairwise(map(str, made)))


def test_those_of_one_time_differ() -> None:
    assert len({_made(NOW) for _ in range(10_000)}) == 10_000


def test_those_of_several_threads_differ() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: _made(time.time_ns()), range(20_000)))
    assert len(set(made)) == len(made)
