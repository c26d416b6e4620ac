"""What a route has carried lately as a picture: a column per hour, upwards what was done, downwards what failed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from databus.dispatcher.throughput import Carried
from databus.operating.carried import HOUR, CarriedLately

UP, DOWN = 24, 10
"""Heights of the highest columns; each kind has its own scale, so that one failure among thousands is seen."""

LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A column with something in it; ``x`` is its place, and ``text`` says what it is in numbers."""

    x: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """A picture, one unit wide per hour.

    Attributes:
        done, failed: The columns, as paths of SVG.
        text: What it shows, for who does not see it.
    """

    width: int
    height: int
    done: str
    failed: str
    text: str
    hours: list[Hour]


def sparkline(lately: CarriedLately) -> Sparkline:
    """Return the picture of what a route has carried lately."""
    zone = ZoneInfo(lately.time_zone)
    begins = [(lately.since + place * HOUR).astimezone(zone) for place in range(len(lately.hours))]
    return Sparkline(
        width=len(lately.hours),
        height=UP + DOWN,
        done=_path((each.done for each in lately.hours), -UP),
        failed=_path((each.failed for each in lately.hours), DOWN),
        text=_text(lately, begins),
        hours=[
            Hour(x=place, text=f"{_span(begin)} {lately.time_zone}: {_numbers(each)}")
            for place, (begin, each) in enumerate(zip(begins, lately.hours, strict=True))
            if each
        ],
    )


def _path(counts: Iterable[int], highest: int) -> str:
    """Return columns from the base line, as far as a sign and its size say."""
    values = [*counts]
    top = max(values)
    return "".join(_columns(values, top, highest)) if top > 0 else ""


def _columns(values: list[int], top: int, highest: int) -> Iterator[str]:
    sign, size = (-1, -highest) if highest < 0 else (1, highest)
    for x, value in enumerate(values):
        if value > 0:
            height = sign * max(LEAST, round(size * value / top))
            yield f"M{x}.1 {UP}v{height}h.8v{-height}z"


def _text(lately: CarriedLately, begins: list[datetime]) -> str:
    if not lately.in_all:
        return "Nothing was carried in the last 24 hours"
    most, begin = max(zip(lately.hours, begins, strict=True), key=lambda pair: (pair[0].done, pair[0].failed))
    return f"Last 24 hours: {_numbers(lately.in_all)}; most {_span(begin)} {lately.time_zone}: {_numbers(most)}"


def _numbers(carried: Carried) -> str:
    return f"{carried.done:,} done, {carried.failed:,} failed" if carried.failed else f"{carried.done:,} done"


def _span(begin: datetime) -> str:
    return f"{begin:%H:%M}–{begin + HOUR:%H:%M}"
