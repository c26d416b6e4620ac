"""A config.json that is away, as some editors leave it for a moment: its client goes on as it was, and that is said."""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG
from databus.dispatcher.client_directory import ClientDirectory
from databus.errors import ConfigMissing, NotFound
from databus.operating.clients import read_client, read_clients
from databus.timestamps import utc_now
from databus.web.accounts import Accounts
from databus.web.configs import Configs

ROUTE = {"name": "databus.passenger.document", "pullers": [], "pushers": ["databus.pusher.demo.demo_pusher_1"]}
MISSING = "the configuration of client acme is missing: put its config.json back, or remove the client"
USER = {"username": "ann", "role": "operator", "password": "secret of ann"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[JsonDatabase]:
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    content = json.dumps({"passengers": [ROUTE], "users": [USER]}).encode()
    database.write_document("acme", CONFIG, content, expected="", by="", now=utc_now())
    yield database
    database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients/acme/config.json"


def test_its_client_is_driven_on_and_the_problem_is_told_once(
    database: JsonDatabase, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "databus")
    directory, now = ClientDirectory(database), utc_now()
    directory.refresh(now=now)
    away = file.rename(file.with_suffix(".bak"))
    for later in (1, 2, 60, 120):
        known = directory.refresh(now=now + timedelta(seconds=later))["acme"]
        assert known.good.config.passengers
        [problem] = known.problems
        assert str(problem) == f"acme/config.json: {MISSING}"
    assert len(caplog.records) == 1
    away.rename(file)
    assert directory.refresh(now=now + timedelta(seconds=121))["acme"].problems == []


def test_a_check_and_the_page_tell_of_it(database: JsonDatabase, file: Path) -> None:
    configs = Configs(database)
    assert configs.of("acme").problems == []
    assert set(database.clients()) == {"acme"}
    file.unlink()
    [checked] = read_clients(database)
    assert "is missing" in checked.problems[0].reason
    assert "is missing" in read_client(database, "acme").problems[0].reason
    assert "is missing" in configs.of("acme").problems[0].reason
    assert configs.good("acme") is not None
    assert Accounts(database).of("acme") == []
    with pytest.raises(ConfigMissing, match="client acme is missing: put its"):
        database.read_document("acme", CONFIG)


def test_a_folder_that_is_gone_is_no_client(database: JsonDatabase, file: Path) -> None:
    directory = ClientDirectory(database)
    directory.refresh(now=utc_now())
    file.unlink()
    directory.refresh(now=utc_now())
    shutil.rmtree(file.parent)
    assert directory.refresh(now=utc_now()) == {}
    file.parent.mkdir()
    assert directory.refresh(now=utc_now()) == {}
    with pytest.raises(NotFound):
        database.read_document("acme", CONFIG)


def test_a_client_that_is_removed_is_gone_at_once(database: JsonDatabase, file: Path) -> None:
    assert set(database.clients()) == {"acme"}
    file.unlink()
    assert set(database.clients()) == {"acme"}
    database.delete_client("acme", now=utc_now())
    database.write_document("acme", "state/some", b"{}", expected="", by="", now=utc_now())
    assert database.clients() == {}
    with pytest.raises(NotFound):
        database.read_document("acme", CONFIG)


def test_a_configuration_that_is_deleted_here_is_not_missed(database: JsonDatabase) -> None:
    assert set(database.clients()) == {"acme"}
    database.delete_document("acme", CONFIG)
    assert database.clients() == {}


def test_it_may_be_written_anew(database: JsonDatabase, file: Path) -> None:
    assert set(database.clients()) == {"acme"}
    file.unlink()
    stored = database.write_document("acme", CONFIG, b"{}", expected="", by="", now=utc_now())
    assert database.clients() == {"acme": stored.version}
