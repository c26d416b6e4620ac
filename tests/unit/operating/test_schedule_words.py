"""When a route is driven, in words."""

from typing import Any

import pytest

from databus.client.config import RouteConfig
from databus.operating.schedule_words import schedule_words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({}, "on demand"),
        ({"sync_frequency": 0.5}, "every 30 seconds"),
        ({"sync_frequency": 1e-9}, "every second"),
        ({"sync_frequency": 1}, "every minute"),
        ({"sync_frequency": 1.5}, "every 1.5 minutes"),
        ({"sync_frequency": 15}, "every 15 minutes"),
        ({"sync_frequency": 60}, "every hour"),
        ({"sync_frequency": 120}, "every 2 hours"),
        ({"sync_frequency": 90}, "every 90 minutes"),
        ({"sync_frequency": 1440}, "every day"),
        ({"sync_frequency": 525_600_000}, "every 365,000 days"),
        (
            {"schedule": "30 6 * * 1-5", "time_zone": "Europe/Berlin"},
            "at 06:30 on Monday through Friday, Europe/Berlin time",
        ),
        ({"schedule": "*/20 8-17 * * *"}, "every 20th minute from 08:00 through 17:59, UTC time"),
    ],
)
def test_words(schedule: dict[str, Any], words: str) -> None:
    assert schedule_words(RouteConfig.model_validate({"name": "orders", "pullers": ["source"], **schedule})) == words
