"""Whatever is sent, the API answers as it describes itself.

It takes about a minute, and always sends the same. With ``DATABUS_TEST_LONG=1`` it takes about ten, and sends something
else each time.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, CheckFunction
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from databus.database.memory_db.memory_database import MemoryDatabase
from tests.web.api.world import World, token_of

IS_LONG = os.environ.get("DATABUS_TEST_LONG") == "1"

PRECONDITION_FAILED = 412

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
    response = case.call(headers={"authorization": f"Bearer {token_of('rob')}"})
    case.validate_response(response, excluded_checks=beyond_schemas(case, response))


def beyond_schemas(case: "Case[Any]", response: Response) -> list[CheckFunction]:
    """Return the checks that cannot tell whether an answer is right."""
    if response.status_code == PRECONDITION_FAILED:  # nobody but the server knows the version of a configuration
        return [ignored_auth, positive_data_acceptance, negative_data_rejection]
    # No schema says which text names a database (one that did would let this write to folders of this machine), nor
    # where a list can be gone on with.
    if case.operation.path.startswith("/api/v1/exports") or "cursor" in (case.query or {}):
        return [ignored_auth, positive_data_acceptance]
    # Who may call what is shown by test_access: this check calls again with the headers that are given here.
    return [ignored_auth]
