"""A program of one's own that starts the dispatcher, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.observer import DispatcherObserver
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.primal_factory import PrimalDispatcherFactory

class EndsIt(DispatcherObserver):
    def drive_passenger_complete(self, client, client_passenger, log):
        dispatcher.shutdown()

ticket = DispatcherTicket(run_web_server=False, dispatcher_observer=EndsIt(), {arguments})
dispatcher = {start}
dispatcher.start()
"""

PULLER = """
from databus.passenger.document import Document
from databus.puller.abstract_puller import AbstractPuller

class OwnPuller(AbstractPuller):
    def pull(self):
        yield Document(external_id="one", source_system="source", puller_module=__name__)

    def notify_passengers_seated(self, seated_passengers):
        pass
"""

PUSHER = """
from pathlib import Path
from databus.pusher.abstract_pusher import AbstractPusher

class OwnPusher(AbstractPusher):
    def push(self, passenger):
        Path("pushed").write_text(passenger.passenger.external_id, encoding="utf-8")
"""

PLACE = 'database_arguments={"path": "here/json_db"}'
SHIM = "PrimalDispatcherFactory().create_dispatcher(p_ticket=ticket)"


@pytest.mark.parametrize(
    ("data", "plugins", "arguments", "start"),
    [
        ("data", "data/plugins", "", "PrimalDispatcher(ticket)"),
        ("data", ".", "", "PrimalDispatcher(ticket)"),
        ("here", "here/plugins", PLACE, SHIM),
    ],
)
def test_it_finds_plug_ins_where_the_command_line_finds_them(
    tmp_path: Path, data: str, plugins: str, arguments: str, start: str
) -> None:
    client = tmp_path / data / "json_db/clients/acme"
    for folder in (client, tmp_path / plugins, tmp_path / "program"):
        folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / plugins / "own_pusher.py").write_text(PUSHER, encoding="utf-8")
    (tmp_path / plugins / "own_puller.py").write_text(PULLER, encoding="utf-8")
    route = {
        "name": "databus.passenger.document",
        "pullers": ["own_puller"],
        "pushers": ["own_pusher"],
        "sync_frequency": 60,
    }
    (client / "config.json").write_text(json.dumps({"passengers": [route]}), encoding="utf-8")
    program = tmp_path / "program/own.py"
    program.write_text(PROGRAM.format(arguments=arguments, start=start), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABUS_")}
    ended = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "pushed").exists(), ended.stderr
