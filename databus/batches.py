"""Items in batches."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], number: int) -> Iterator[list[T]]:
    """Yield the items, so many at a time."""
    rest = iter(items)
    while batch := list(islice(rest, number)):
        yield batch


def batched_by_size(items: Iterable[T], size_of: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Yield the items, as many at a time as are no larger in sum than ``most``; one that is larger comes alone."""
    batch: list[T] = []
    size = 0
    for item in items:
        own = size_of(item)
        if batch and size + own > most:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += own
    if batch:
        yield batch
