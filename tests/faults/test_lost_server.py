"""The database's server goes while Databus drives, and comes back: nothing is lost, and work resumes by itself."""

import signal
from pathlib import Path

import pytest

from tests.faults.events import pushes_after_recording
from tests.faults.own_servers import OwnMariadb, OwnPostgresql, OwnServer
from tests.integration.several.crowd import Crowd, Process

PARCELS = 1600
CLIENTS = 4
GONE = "The database cannot be used now"
BACK = "The database is back"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "server_class",
    [
        pytest.param(OwnPostgresql, marks=pytest.mark.server("DATABUS_TEST_POSTGRESQL_URL"), id="postgresql"),
        pytest.param(OwnMariadb, marks=pytest.mark.server("DATABUS_TEST_MARIADB_URL"), id="mariadb"),
    ],
)
def test_work_resumes_when_the_server_is_back(tmp_path: Path, server_class: type[OwnServer]) -> None:
    with server_class() as server, Crowd(tmp_path, {"url": server.url, "schema": "databus"}, lease=3) as crowd:
        for number in range(CLIENTS):
            crowd.configure(f"client{number}", PARCELS // CLIENTS)
        processes = [crowd.begin("worker"), crowd.begin(), crowd.begin()]
        crowd.wait_until_pushed(PARCELS // 4)
        server.end(server.crash)
        for process in processes:
            process.wait_for(GONE)
        server.start()
        for process in processes:
            process.wait_for(BACK)
        crowd.wait_until_pushed(PARCELS // 2)
        server.end(signal.SIGTERM if server_class is OwnMariadb else signal.SIGINT)
        server.start()  # perhaps before anybody has noticed
        crowd.wait_until_complete()
        for process in processes:
            _check_said(process)
        crowd.end()
    assert crowd.events.names("pushed") == crowd.born
    assert crowd.events.names("wrong") | crowd.events.names("overlap") == set()
    assert pushes_after_recording(crowd.events.read()) == []


def _check_said(process: Process) -> None:
    """Each outage is told in one line, and so is its end."""
    assert process.is_alive
    outages = process.said.count(GONE)
    process.wait_for(BACK, times=outages)
    assert outages in (1, 2), process.said
    assert process.said.count(BACK) == process.said.count(GONE) == outages, process.said
    assert "Traceback" not in process.said
