"""docs/reference/rest-api.md: its commands run against a server, and it names every address, filter and error."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from databus.client.passwords import new_token
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG
from databus.dispatcher.abstract_web_server import WebTicket
from databus.timestamps import utc_now
from databus.web.api.document import api_document
from databus.web.api.log import LogFilter
from databus.web.api.queue_filter import QueueFilter
from databus.web.api.router import api_router
from databus.web.web_server import WebServer
from tests.docs.pages import ROOT, blocks

PAGE = "docs/reference/rest-api.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
COMMANDS = [block for block in blocks(PAGE, "sh") if "curl" in block]
DOCUMENT = api_document(api_router().routes)


class Server:
    """A server that the commands are sent to, with a token that may do everything at files, and one of root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token, stored = new_token()
        self.database = MemoryDatabase({})
        self.database.open()
        users = [{"username": "ann", "role": "administrator", "token": stored}]
        content = orjson.dumps({"users": users, "passengers": [{"name": "databus.passenger.document"}]})
        self.database.write_document("files", CONFIG, content, expected=None, by="", now=utc_now())
        self.root_token, stored = new_token()
        root = orjson.dumps({"users": [{"username": "rob", "role": "administrator", "token": stored}]})
        self.database.write_document("root", CONFIG, root, expected=None, by="", now=utc_now())
        self._server = WebServer(WebTicket(database=self.database, host="127.0.0.1", port=0, alias="Test"))
        self.address = self._server.listen()
        self._server.serve()

    def run(self, command: str, **variables: str) -> str:
        environment = {**os.environ, "TOKEN": self.token, "API": f"{self.address}api/v1", **variables}
        done = subprocess.run(
            ["bash", "-ec", command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        self._server.stop()
        self.database.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def test_the_commands_work_one_after_the_other(server: Server) -> None:
    (server.folder / "order.xml").write_text("<order/>")
    hand_over, find, files, steps, bulk, undo, content_and_delete, purge, config, export = COMMANDS
    internal_id = orjson.loads(server.run(hand_over))["internal_id"]
    assert orjson.loads(server.run(hand_over)) == {"internal_id": internal_id, "is_duplicate": True}
    assert orjson.loads(server.run(find))["items"] == []
    server.run(files)
    assert (server.folder / "queue.csv").read_text(encoding="utf-8-sig").startswith("state,external_id")
    assert orjson.loads((server.folder / "queue.json").read_bytes()) == []
    assert orjson.loads(server.run(steps, ID=internal_id))["state"] == "waiting"
    assert orjson.loads(server.run(bulk)) == {"action": "retry", "matched": 0, "done": 0, "undo": ""}
    with_all = bulk.replace('"retry", "filter": {"state": ["dead"], "error": "timeout"}', '"dead", "filter": {}')
    done = orjson.loads(server.run(with_all.replace("retry-of-monday", "dead-on-monday")))
    assert orjson.loads(server.run(undo, UNDO=done["undo"])) == {"matched": 1, "done": 1}
    (server.folder / "order.xml").unlink()
    server.run(content_and_delete, ID=internal_id)
    assert (server.folder / "order.xml").read_text() == "<order/>"
    assert server.database.load("files", [internal_id]) == []
    assert server.run(purge) == '{"matched":0,"deleted":0}' * 2
    before = server.database.read_document("files", CONFIG)
    assert '"version"' in server.run(config)
    assert server.database.read_document("files", CONFIG).content == before.content
    answer = orjson.loads(server.run(export, TOKEN=server.root_token, TARGET=str(server.folder / "target")))
    assert (answer["state"], answer["clients"]) == ("running", ["files"])


def test_every_address_is_in_the_table() -> None:
    addresses = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert set(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", TEXT, re.MULTILINE)) == addresses


@pytest.mark.parametrize("name", [*QueueFilter.model_fields, *LogFilter.model_fields])
def test_every_filter_is_named(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_every_error_is_in_the_table() -> None:
    described = {
        status
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
        if not status.startswith("2")
    }
    in_table = set(re.findall(r"^\| (4\d\d|5\d\d) \|", TEXT[TEXT.index("## Errors") :], re.MULTILINE))
    assert in_table == described | {"405", "421"}  # of any address
