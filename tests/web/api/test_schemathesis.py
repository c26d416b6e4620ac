"""Whatever is sent, the API answers as it describes itself.

It takes about a minute, and always sends the same. With ``DATABUS_TEST_LONG=1`` it takes about ten, and sends something
else each time.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import ignored_auth

from databus.database.memory_db.memory_database import MemoryDatabase
from tests.web.api.world import World, token_of

IS_LONG = os.environ.get("DATABUS_TEST_LONG") == "1"

MOST = 450 if IS_LONG else 30
"""Requests to each operation."""


def _world() -> World:
    database = MemoryDatabase({})
    database.open()
    world = World(database)
    for number in range(3):
        world.hand_over(str(number), ("a.txt", b"x"))
    return world


WORLD = _world()

schema = schemathesis.openapi.from_asgi("/api/openapi.json", WORLD.client.app)


@pytest.mark.timeout(1800 if IS_LONG else 300)
@schema.parametrize()
@settings(
    max_examples=MOST,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=not IS_LONG,
)
def test_it_answers_as_it_says(case: "Case[Any]") -> None:
    # Who may call what is shown by test_access: this check calls again with the headers that are given here.
    headers = {"authorization": f"Bearer {token_of('rob')}"}
    case.call_and_validate(headers=headers, excluded_checks=[ignored_auth])
