"""What a route has carried lately: today in its zone, and the last 24 hours."""

from datetime import UTC, datetime, timedelta

from databus.dispatcher.throughput import Carried, Throughput
from databus.operating.carried import carried_lately

NOW = datetime(2026, 3, 1, 23, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_today_begins_at_midnight_of_the_route_s_zone() -> None:
    throughput = Throughput(
        {
            datetime(2026, 2, 28, 23, 45, tzinfo=UTC): Carried(100),
            datetime(2026, 3, 1, 22, 45, tzinfo=UTC): Carried(10, 1),
            datetime(2026, 3, 1, 23, 0, tzinfo=UTC): Carried(1, 2),
        }
    )
    assert carried_lately(throughput, time_zone="UTC", now=NOW).today == Carried(11, 3)
    assert carried_lately(throughput, time_zone="Europe/Berlin", now=NOW).today == Carried(1, 2)


def test_the_hours_end_with_the_present_one() -> None:
    begin = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    quarters = {begin - 24 * HOUR: Carried(50), begin - 23 * HOUR: Carried(4), begin: Carried(2, 1)}
    lately = carried_lately(Throughput(quarters), time_zone="UTC", now=NOW)
    assert (lately.since, len(lately.hours)) == (begin - 23 * HOUR, 24)
    assert (lately.hours[0], lately.hours[-1], lately.in_all) == (Carried(4), Carried(2, 1), Carried(6, 1))
