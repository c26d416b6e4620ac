"""The pages and the API beside many entries: how long answers take, how many there can be, what they need."""

import os
import time
from collections.abc import Iterator
from itertools import count
from urllib.parse import quote

from bench.engines import place, sql_engines
from bench.figures import Figure, at_least, at_most, number
from bench.sizes import Sizes
from bench.web_browser import CHROMIUM, first_paints
from bench.web_clients import Asking, ask_again, asked_meanwhile, side_by_side, watching
from bench.web_contents import PEOPLE, TAKEN, TAKER, Contents, fill
from bench.web_served import Served, served
from databus.benchmark.workload import CLIENT
from databus.database.opening import owned_database

SECTION = "Web"
PER_SECOND = 200
PAGE = f"/clients/{CLIENT}"
API = "/api/v1/clients"
SEATED = {"sqlite": at_least(300), "postgresql": at_least(1000)}
FIRST = 10**9
"""Numbers of passengers that are driven: none of those that are there already."""


def measure(sizes: Sizes) -> Iterator[Figure]:
    for engine in sql_engines():
        with place(engine, sizes.folder) as (module, arguments):
            with owned_database(module, arguments, serve=False) as database:
                contents = fill(database, sizes.web_entries, sizes.web_logs)
            os.sync()  # what was written to fill it is not to be measured
            with served(module, arguments) as server:
                yield from _measure_engine(engine, server, contents, sizes)
                if engine != "sqlite":  # a file has one owner
                    with served(module, arguments) as other:
                        under = f"{engine}, {PEOPLE} people, drives in another process"
                        yield from _under_load(under, server, other, contents, sizes, FIRST + 3 * sizes.web_driven)


def _measure_engine(engine: str, server: Served, contents: Contents, sizes: Sizes) -> Iterator[Figure]:
    yield from _pages(engine, server, contents, sizes)
    yield from _under_load(f"{engine}, {PEOPLE} people and drives", server, server, contents, sizes, FIRST)
    yield _seating(engine, server, contents, sizes)
    yield _watchers(engine, server, contents, sizes)
    if os.environ.get(CHROMIUM):
        paints = first_paints(server.address, contents.headers["cookie"], f"{PAGE}/queue", sizes.web_paints)
        yield _figure(f"{engine}, first paint of the queue in Chromium", "ms", *paints, most=300)


def _addresses(contents: Contents) -> dict[str, str]:
    entry, log = quote(contents.entry), quote(contents.log)
    lists = {
        "": "", "dead ones": "?state=dead", "failed ones": "?state=failed", "search": f"?search={contents.external_id}",
        "search for nothing": "?search=nowhere-to-be-found", "three letters that nobody has": "?search=zqx",
        "four digits": "?search=4242", "error": "?error=order+1+got",
        "error that nobody has": "?error=nowhere-to-be-found", "attachment": "?attachment=document",
        "attachment that nobody has": "?attachment=nowhere",
        "step that nobody has": "?step=nowhere",
    }  # fmt: skip
    logs = {"": "", "worst": "?worst=error", "text": "?text=line+1", "text that nobody has": "?text=nowhere-to-be"}
    pages = {
        "home": "", "passengers": "/passengers", "a passenger": f"/entry?id={entry}", "a log": f"/log/{log}",
        **{f"queue, {name}": f"/queue{part}" for name, part in lists.items()},
        "queue, source that nobody has": "/queue?source=nowhere",
        **{f"log, {name}": f"/log{part}" for name, part in logs.items()},
        "users": "/users", "customizing": "/customizing", "audit": "/audit",
    }  # fmt: skip
    calls = {
        "client": "", "passengers": "/passengers", "a passenger": f"/queue/{entry}", "a log": f"/log/{log}",
        **{f"queue, {name}": f"/queue{part}" for name, part in lists.items()},
        "queue, source that nobody has": "/queue?source_system=nowhere",
        **{f"log, {name}": f"/log{part}" for name, part in logs.items()},
    }  # fmt: skip
    return {
        "page of all clients": "/",
        "system page": "/system",
        **{f"page {name.removesuffix(', ')}": PAGE + part for name, part in pages.items()},
        "API clients": API,
        **{f"API {name.removesuffix(', ')}": f"{API}/{CLIENT}{part}" for name, part in calls.items()},
    }


def _pages(engine: str, server: Served, contents: Contents, sizes: Sizes) -> Iterator[Figure]:
    largest = 0.0
    for name, path in _addresses(contents).items():
        answers = ask_again(server, contents.headers, path, sizes.web_requests)
        kilobytes = answers.largest / 1000
        largest = max(largest, kilobytes)
        known = f"p50 {number(answers.percentile_ms(50))} ms, {number(kilobytes)} KB"
        yield _figure(f"{engine}, {name} ({known}), p99", "ms", answers.percentile_ms(99), most=50)
    yield _figure(f"{engine}, the largest of these", "KB", largest, most=100)


def _under_load(
    name: str, server: Served, driving: Served, contents: Contents, sizes: Sizes, first: int
) -> Iterator[Figure]:
    alone = driving.drive(sizes.web_driven, first)
    same, other = f"{PAGE}/queue", f"{PAGE}/queue?pulled_from=2026-01-01T00:"
    looks = {"": [same], " who all look at something else": [f"{other}{number:02}" for number in range(PEOPLE)]}
    for turn, (kind, paths) in enumerate(looks.items(), start=1):
        asked = asked_meanwhile(server, contents.people, paths * (PEOPLE // len(paths)), per_second=PER_SECOND)
        began = time.perf_counter()
        with asked as answers:
            beside = driving.drive(sizes.web_driven, first + turn * sizes.web_driven)
            per_second = len(answers.seconds) / (time.perf_counter() - began)
        least = 0.95 * PER_SECOND if kind == "" else None
        yield _figure(f"{name}{kind}, answers", "queue pages/s", per_second, least=least)
        yield _figure(f"{name}{kind}, p99", "ms", answers.percentile_ms(99))
        yield _figure(f"{name}{kind}, speed of drives / alone", "×", beside / alone, least=0.5)


def _seating(engine: str, server: Served, contents: Contents, sizes: Sizes) -> Figure:
    path = f"{API}/{TAKER}/passengers/{TAKEN}"
    numbers = count()
    each = sizes.web_seated // PEOPLE

    def hand_over(_: int) -> None:
        asking = Asking(server, contents.headers)
        for _ in range(each):
            asking.hand_over(path, f"order {next(numbers)}", "x" * 1024)
        asking.close()

    side_by_side(PEOPLE, hand_over)  # the first ones warm up
    seconds = [side_by_side(PEOPLE, hand_over) for _ in range(3)]
    return Figure(
        section=SECTION,
        name=f"{engine}, handed over by {PEOPLE} clients",
        unit="passengers/s",
        values=tuple(each * PEOPLE / one for one in seconds),
        target=SEATED.get(engine),
    )


def _watchers(engine: str, server: Served, contents: Contents, sizes: Sizes) -> Figure:
    before = server.memory_mib()
    with watching(server, contents.headers, f"{PAGE}/live", sizes.web_watchers):
        mib = server.memory_mib() - before
    return _figure(f"{engine}, memory of {sizes.web_watchers} who watch", "MiB", mib, most=200)


def _figure(name: str, unit: str, *values: float, most: float | None = None, least: float | None = None) -> Figure:
    target = at_most(most) if most is not None else at_least(least) if least is not None else None
    return Figure(section=SECTION, name=name, unit=unit, values=values, target=target)
