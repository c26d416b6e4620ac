"""Turning what a page shows into HTML."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import Response

from databus import __version__
from databus.client.log import shortened
from databus.web.site import Site
from databus.web.viewers import Viewer

KIB = 1024

LONGEST = 5000
"""Characters that are shown of a message; plug-ins may write a million."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that set the direction of what follows (Unicode Bidirectional Algorithm, section 2)."""


def page(request: Request, template: str, *, status: int = 200, **shown: Any) -> Response:
    """Return a page, or a part of one."""
    site: Site = request.app.state.site
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    common = {"alias": site.alias, "viewer": viewer, "version": __version__, "path": request.url.path}
    text = part(template, **{**common, **shown})
    # What a source system says may hold halves of characters, which no browser takes.
    return Response(text.encode("utf-8", "replace"), status, media_type="text/html; charset=utf-8")


def part(template: str, **shown: Any) -> str:
    """Return a part of a page that looks the same to everybody."""
    return _environment().get_template(template).render(shown)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("databus.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(when=when, number=number, size=size, segment=segment, last_part=last_part)
    environment.filters["legible"] = legible
    environment.filters["beginning"] = partial(shortened, longest=LONGEST)
    environment.globals["query"] = query
    return environment


def when(time: datetime | None) -> str:
    """Return a time that the reader's browser turns into one of its zone."""
    if time is None:
        return "–"
    iso = time.astimezone(UTC).isoformat(timespec="microseconds")
    shown = f"{iso[:10]} {iso[11:19]} UTC"
    return Markup(f'<time datetime="{iso}" title="{iso}">{shown}</time>')  # noqa: S704 - digits; a list has a hundred


def legible(text: str) -> str:
    """Return a text in which what would turn Databus's own words around stands as its number."""
    return _TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def number(value: object) -> str:
    """Return a number with its thousands set apart; anything else, which a damaged document may have, as it is."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    shown = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if shown < KIB:
            return f"{shown:.0f} {unit}" if unit == "bytes" else f"{shown:.1f} {unit}"
        shown /= KIB
    return f"{shown:.1f} GiB"


def segment(text: str) -> str:
    """Return a text as a segment of an address."""
    return quote(text.encode("utf-8", "replace"), safe="")


def query(values: Mapping[str, object], **others: object) -> str:
    """Return the query part of an address; what is empty is left out.

    Halves of characters stay what they are: ``exact`` reads them again.
    """
    pairs = [
        (name, str(each).encode("utf-8", "surrogatepass"))
        for name, value in {**values, **others}.items()
        for each in (value if isinstance(value, (list, tuple)) else [value])
        if each not in ("", None)
    ]
    return f"?{urlencode(pairs)}" if pairs else ""


def last_part(name: str) -> str:
    """Return the end of a module's name, which people know it by."""
    return name.rpartition(".")[2]
