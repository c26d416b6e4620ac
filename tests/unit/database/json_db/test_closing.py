"""What is closed, or could not be opened, holds no file open."""

import os
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.database.json_db.stores import Stores
from databus.errors import StoreError
from databus.testing.samples import CLIENT, NOW, passenger, seat


def _open_below(folder: Path) -> list[str]:
    links = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
    return [target for target in (os.readlink(link) for link in links if os.path.islink(link)) if str(folder) in target]


def test_a_client_whose_damage_cannot_be_told_is_not_left_half_open(database: JsonDatabase, acme: Path) -> None:
    seat(database, passenger("1"))
    database.close()
    (acme / ".databus/index.sqlite3").write_bytes(b"garbage" * 1000)
    (acme / "log").symlink_to("nowhere")
    database.open()
    with pytest.raises(StoreError) as caught:
        database.counts(CLIENT, now=NOW)
    assert _open_below(acme) == []
    assert "log" in str(caught.value)


def test_a_client_that_was_asked_for_before_the_end_is_not_opened_after_it(tmp_path: Path) -> None:
    class _Closing(Stores):
        """Is closed as soon as somebody has asked for a client."""

        def _slot(self, client_id: str):  # type: ignore[no-untyped-def] # as its base
            slot = super()._slot(client_id)
            self.close()
            return slot

    stores = _Closing(str(tmp_path / "clients"))
    stores.open(end_leases=True)
    with pytest.raises(StoreError, match="is not open"), stores.made(CLIENT):
        pass
    assert _open_below(tmp_path) == []
