"""Exports as an administrator of root begins them on the page."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from httpx2 import Response
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import Claim, Route
from databus.operating.export_records import ExportRecord
from tests.web.world import ROOT_ADMINISTRATOR, ROUTE, World

PATIENCE = 60.0
"""Seconds that an export may take; it needs a fraction of one."""


@dataclass
class Exporting:
    """The page in front of an administrator of root."""

    world: World
    folder: Path
    browser: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.world.browser(ROOT_ADMINISTRATOR)

    @property
    def target(self) -> Path:
        """The folder that is exported to."""
        return self.folder / "target"

    def post(self, address: str, **form: object) -> Response:
        return self.world.post(self.browser, address, form)

    def begin(self, *clients: str, **more: object) -> str:
        """Begin an export; return its id."""
        target = {"engine": "json", "folder": str(self.target)} if "engine" not in more else {}
        answer = self.post("/export", **{"clients": list(clients), "on_conflict": "stop", **target, **more})
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["id"][0]

    def ended(self, export_id: str) -> ExportRecord:
        """Return an export when it is over."""
        self.world.site.exports.wait(PATIENCE)
        return self.world.site.exports.get(export_id)

    def look(self, export_id: str) -> str:
        """Return the page of an export."""
        answer = self.browser.get("/export/job", params={"id": export_id})
        assert answer.status_code == 200
        return answer.text

    def resume(self, export_id: str, **more: object) -> Response:
        return self.post("/export/resume", **{"id": export_id, "on_conflict": "stop", **more})

    # -- a drive that an export has to wait for -----------------------------------------------------------------------

    def drive(self, client: str = "acme") -> list[Claim]:
        """Let a drive begin that ends when it is told to."""
        route = Route(client_id=client, passenger_module=ROUTE)
        return self.world.database.claim(
            route, after=0, limit=1, owner="a drive", lease=timedelta(days=1), now=self.world.now
        )

    def end_drive(self, claims: list[Claim]) -> None:
        self.world.database.renew(claims, lease=timedelta(0), now=self.world.now)

    def opened_target(self) -> AbstractDatabase:
        """Return the database that was exported to; the caller closes it."""
        database = JsonDatabase({"path": str(self.target)})
        database.open()
        return database
