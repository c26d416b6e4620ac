"""One log: its lines, those that are wanted of them, and those that are being written."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from databus.operating.log_reading import LogPart, Wanted, is_being_written, log_end, log_part, log_text
from databus.web.downloads import download_headers
from databus.web.guard import ClientOf, Following, SiteOf
from databus.web.pages.log import LEVELS, Text, level_of
from databus.web.rendering import page, part
from databus.web.site import Site
from databus.web.streaming import followed

router = APIRouter()

LINES = 500

NEWEST = 200
"""Lines that are shown to who follows a log."""


class Asked:
    """Which lines of a log are asked for, as it stands in the address; of a client that the viewer may see."""

    def __init__(self, client: ClientOf, guid: str, level: Text = "", text: Text = "") -> None:
        self.filters = {"level": level, "text": text}
        self.wanted = Wanted(client_id=client, guid=guid, level=level_of(level), text=text)


AskedIn = Annotated[Asked, Depends()]


@router.get("/clients/{client}/log/{guid}")
def log(
    request: Request,
    site: SiteOf,
    asked: AskedIn,
    start: Annotated[int, Query(ge=0, le=2**40)] = 0,
    follow: bool = False,
) -> Response:
    """Show lines of a log."""
    shown = _end(site, asked.wanted) if follow else _from(site, asked.wanted, start)
    return page(
        request,
        "log.html",
        client=asked.wanted.client_id,
        guid=asked.wanted.guid,
        filters=asked.filters,
        follow=follow,
        start=start,
        most=LINES,
        levels=LEVELS,
        **shown,
    )


@router.get("/clients/{client}/log/{guid}/live")
def live(site: SiteOf, asked: AskedIn, may: Following) -> Response:
    """Tell whenever there are new lines."""
    topic = json.dumps(["log", asked.wanted.client_id, asked.wanted.guid, asked.filters])
    site.database.read_log(asked.wanted.client_id, asked.wanted.guid, limit=1)  # one that is not there is told at once
    growing = _Growing(site, asked.wanted)
    return followed(site.live, topic, growing.look, may)


class _Growing:
    """The newest lines of a log, read again only when there are more, or no more will come."""

    def __init__(self, site: Site, wanted: Wanted) -> None:
        self._site = site
        self._wanted = wanted
        self._known: tuple[int, bool] | None = None
        self._text = ""

    def look(self) -> str:
        """Return what those see who follow it."""
        head, _ = self._site.database.read_log(self._wanted.client_id, self._wanted.guid, limit=1)
        known = (head.lines, is_being_written(self._site.database, head))
        if known != self._known:
            self._text = part("log_followed.html", **_end(self._site, self._wanted))
            self._known = known
        return self._text


def _end(site: Site, wanted: Wanted) -> dict[str, Any]:
    return _part(site, log_end(site.database, wanted, limit=NEWEST))


def _from(site: Site, wanted: Wanted, start: int) -> dict[str, Any]:
    return _part(site, log_part(site.database, wanted, start=start, limit=LINES))


def _part(site: Site, found: LogPart) -> dict[str, Any]:
    return {"found": found, "is_being_written": is_being_written(site.database, found.head)}


@router.get("/clients/{client}/log/{guid}/download")
def download(site: SiteOf, asked: AskedIn) -> Response:
    """Give the lines as a text file."""
    lines = log_text(site.database, asked.wanted)
    first = next(lines)  # a log that is not there is told before the answer begins
    headers = download_headers(f"{asked.wanted.guid}.log.txt")
    return StreamingResponse(_encoded(chain([first], lines)), media_type="text/plain; charset=utf-8", headers=headers)


def _encoded(texts: Iterator[str]) -> Iterator[bytes]:
    for text in texts:
        yield text.encode("utf-8", "replace")
