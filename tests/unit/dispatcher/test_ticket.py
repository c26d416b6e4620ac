"""What a dispatcher is started with."""

from typing import Any

import pytest

from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.errors import ConfigError

ANY_TICKET: Any = DispatcherTicket


class PrimalDatabaseFactory:
    """As Databus 8 had one."""


def test_a_factory_of_databus_8_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError) as caught:
        ANY_TICKET(p_database_factory=PrimalDatabaseFactory(), queue_factory=object(), p_system_alias="x")
    database, queue = caught.value.problems
    assert database.path == "p_database_factory"
    assert "database_module" in database.reason
    assert queue.path == "queue_factory"
    assert '"queue"' in queue.reason
    assert "config.json" in queue.reason


def test_a_factory_that_is_none_asks_for_nothing() -> None:
    with pytest.warns(DeprecationWarning, match=r"p_pusher_factory is gone") as caught:
        ticket = ANY_TICKET(p_pusher_factory=None, p_web_server_port=5001)
    assert ticket.web_server_port == 5001
    assert caught[0].filename == __file__, "the warning points at the caller"


def test_a_keyword_that_nobody_knows_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"p_webserver_port: there is no such keyword.*web_server_port"):
        ANY_TICKET(p_webserver_port=5001)


def test_a_factory_by_position_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"database_module: .* not a PrimalDatabaseFactory; give everything by key"):
        ANY_TICKET(PrimalDatabaseFactory())
