"""What all rules of random histories share: two databases, clients of their own, and a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from databus.testing.engine import Place
from databus.testing.samples import DAY, MINUTE, NOW, SECOND, TICK
from databus.testing.twins import Twins

HOUR = timedelta(hours=1)
NO_TIME = timedelta(0)

which = st.integers(0, 1)
picks = st.integers(0, 999)
owners = st.sampled_from(["drive a", "drive b"])
leases = st.sampled_from([SECOND, MINUTE, HOUR])
limits = st.sampled_from([1, 2, 3, 100])


@dataclass(frozen=True, slots=True)
class SomeTime:
    """Now, or a time at which something happened in this history: that is where half-open intervals go wrong."""

    pick: int


some_times = st.builds(SomeTime, picks)


def filters(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw none, one or two of these, because more select nothing."""
    pairs = [st.tuples(st.just(name), value) for name, value in values.items()]
    return st.lists(st.one_of(pairs), max_size=2).map(dict)


class History(RuleBasedStateMachine):
    """A random history of two databases.

    All histories of a run share one database of the engine under test, in which each has clients of its own: making a
    new database is slow where a server keeps it.
    """

    numbers = count()

    def __init__(self, place: Place, twins: Twins) -> None:
        super().__init__()
        self.place = place
        self.twins = twins
        self.prefix = f"h{next(self.numbers)}"
        self.clients = [f"{self.prefix}-a", f"{self.prefix}-b"]
        self.now = NOW
        self.earliest = NOW - DAY
        self.leased_until = NOW
        self.made = 0
        self.moments: list[datetime] = []

    def moment(self) -> datetime:
        """Return a time that nothing else in this history has, so that the order by time is certain."""
        self.moments.append(self.now + self.number() * TICK)
        return self.moments[-1]

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return filters with the times that they mean."""
        return {name: self._time(each) if isinstance(each, SomeTime) else each for name, each in values.items()}

    def _time(self, some: SomeTime) -> datetime:
        times = [self.now, *self.moments]
        return times[some.pick % len(times)]

    def number(self) -> int:
        """Return a number that nothing else in this history has."""
        self.made += 1
        return self.made

    def leasing(self, lease: timedelta) -> timedelta:
        """Remember how long leases last that are given out now."""
        self.leased_until = max(self.leased_until, self.now + lease)
        return lease

    @rule(by=st.sampled_from([-SECOND, -MINUTE, TICK, SECOND, MINUTE, HOUR, DAY]))
    def let_time_pass(self, by: timedelta) -> None:
        """Let the clock go, also backwards."""
        self.now = max(self.earliest, self.now + by)

    @rule()
    def let_leases_end(self) -> None:
        """Let the clock go until nothing is leased."""
        self.now = max(self.now, self.leased_until)

    @precondition(lambda self: not self.place.volatile)
    @rule()
    def reopen(self) -> None:
        """Start the process again. Leases may be gone then, so none may hold in the other database either."""
        self.twins.reopen()
        self.earliest = self.now = max(self.now, self.leased_until)
        self.forget_claims()

    def forget_claims(self) -> None:
        """Forget what a process knows in its memory."""

    def teardown(self) -> None:
        """Leave nothing behind."""
        for client in self.clients:
            self.twins.subject.delete_client(client, now=max(self.now, self.leased_until))
