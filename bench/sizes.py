"""How much is measured."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20

BATCH = 256
"""Passengers that are seated, and worked on, together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured, and where the files go.

    Attributes:
        folder: On the disk that is measured.
        passengers, repeats: Of workload W, on each engine.
        growth: Passengers of one drive, each with how often it is measured.
        growth_sqlite, growth_servers: The same for these.
        beside, beside_sql: Complete entries beside which drives and questions are measured: none, some, many.
        claims: Due entries that one or more processes claim.
        questions: How often each of these is measured.
        attachment: Bytes of a large one.
        lines: Log lines.
        starts: How often a command is started.
        web_entries, web_logs: Beside which pages are measured.
        web_requests, web_paints: How often each page is asked for, and painted.
        web_driven: Passengers that are driven while pages are asked for.
        web_seated: Passengers that are handed over through the API, in each of a few runs.
        web_watchers: How many follow a page.
    """

    folder: Path
    passengers: int
    repeats: int
    growth: dict[int, int]
    growth_sqlite: dict[int, int]
    growth_servers: dict[int, int]
    beside: tuple[int, int, int]
    beside_sql: tuple[int, int, int]
    claims: int
    questions: int
    attachment: int
    lines: int
    starts: int
    web_entries: int
    web_logs: int
    web_requests: int
    web_paints: int
    web_driven: int
    web_seated: int
    web_watchers: int


def full(folder: Path) -> Sizes:
    return Sizes(
        folder=folder,
        passengers=3000,
        repeats=7,
        growth={1000: 5, 10_000: 3, 100_000: 1},
        growth_sqlite={1000: 3, 10_000: 3, 100_000: 1, 1_000_000: 1},
        growth_servers={1000: 3, 10_000: 3, 100_000: 1},
        beside=(0, 1000, 100_000),
        beside_sql=(0, 1000, 1_000_000),
        claims=20_000,
        questions=25,
        attachment=1024 * MIB,
        lines=100_000,
        starts=9,
        web_entries=1_000_000,
        web_logs=100_000,
        web_requests=200,
        web_paints=15,
        web_driven=20_000,
        web_seated=4000,
        web_watchers=500,
    )


def quick(folder: Path) -> Sizes:
    return Sizes(
        folder=folder,
        passengers=300,
        repeats=3,
        growth={500: 1, 1000: 1, 2000: 1},
        growth_sqlite={500: 1, 1000: 1, 2000: 1},
        growth_servers={500: 1, 1000: 1, 2000: 1},
        beside=(0, 200, 2000),
        beside_sql=(0, 200, 2000),
        claims=1000,
        questions=5,
        attachment=32 * MIB,
        lines=10_000,
        starts=3,
        web_entries=2000,
        web_logs=100,
        web_requests=5,
        web_paints=1,
        web_driven=1000,
        web_seated=60,
        web_watchers=50,
    )
