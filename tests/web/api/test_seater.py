"""Passengers that are handed over at the same time are seated together."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from databus.errors import NotFound
from databus.operating.audit import Person
from databus.passenger.document import Document
from databus.pqueue.abstract_queue import SeatResult
from databus.pqueue.primal_queue import PrimalQueue
from databus.web.api.seater import HandedOver, Result, Seaters
from databus.web.api.uploads import Upload
from tests.web.api.world import ROUTE, World

WAIT = 60


def test_who_hands_over_again_meets_those_who_do_so_too(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gathers them stays while nobody waits in it."""
    monkeypatch.setattr("databus.web.api.seater.GATHER", WAIT)
    seaters, sizes = Seaters(small.site), list[int]()
    begun, may_seat = threading.Semaphore(0), threading.Semaphore(0)
    seat = PrimalQueue.seat

    def noting(self: PrimalQueue, passengers: Sequence[object], **more: Any) -> SeatResult:
        sizes.append(len(passengers))
        begun.release()
        assert may_seat.acquire(timeout=WAIT)
        return seat(self, passengers, **more)

    monkeypatch.setattr(PrimalQueue, "seat", noting)

    async def hand_over(*external_ids: str) -> "list[asyncio.Task[Result]]":
        handed = [HandedOver(Upload({"external_id": each}), by=Person("ann", "the API")) for each in external_ids]
        tasks = [asyncio.create_task(seaters.seat("acme", ROUTE, one)) for one in handed]
        await asyncio.sleep(0)  # so that they wait
        return tasks

    async def main() -> None:
        may_seat.release()
        await asyncio.gather(*await hand_over("the first, which tells that its queue says what became of each"))
        begun.acquire()
        alone = await hand_over("a")
        assert await asyncio.to_thread(begun.acquire, timeout=WAIT)
        meanwhile = await hand_over("b", "c")
        may_seat.release(3)
        await asyncio.gather(*alone, *meanwhile)
        again = [*await hand_over("d"), *await hand_over("e")]
        await asyncio.wait_for(asyncio.gather(*again), WAIT / 2)

    asyncio.run(main())
    assert sizes == [1, 1, 2, 2]


def test_seaters_of_routes_that_are_not_there_do_not_pile_up(small: World) -> None:
    seaters = Seaters(small.site)

    async def main() -> None:
        for number in range(20):
            with pytest.raises(NotFound):
                await seaters.seat("acme", f"no.such.{number}", HandedOver(Upload(), by=Person("ann", "the API")))

    asyncio.run(main())
    assert len(seaters) < 20


def test_the_passenger_class_is_the_routes() -> None:
    assert Document.__module__ == ROUTE
