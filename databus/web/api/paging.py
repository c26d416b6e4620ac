"""Lists that come in pages."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import Field

from databus.web.api.problems import Place, Trouble
from databus.web.cursors import BadCursor, reading_at

T = TypeVar("T")

Limit = Annotated[int, Field(ge=1, le=500, description="The most items of a page.")]

Cursor = Annotated[
    str, Field(max_length=1000, description="`next_cursor` of the page before; empty for the first page.")
]

NEXT = (
    "The cursor of the next page, which the `Link` header has, too; empty on the last page. A list that filters looks "
    "through a part of what there is for one page, which may then be short, or empty, and still have it."
)

LINK = {"Link": {"description": 'Address of the next page, with `rel="next"`.', "schema": {"type": "string"}}}


def read_page(read: Callable[[], T], cursor: str) -> T:
    """Return a page.

    Raises:
        Trouble: The cursor is none.
    """
    try:
        with reading_at(cursor):
            return read()
    except BadCursor as error:
        place = Place(place="query.cursor", reason="take it as an answer gave it as next_cursor")
        raise Trouble(422, f"The cursor cannot be used: {error.__cause__}", errors=[place]) from error


def link_next(request: Request, response: Response, next_cursor: str) -> None:
    """Say in a header where the next page is, if there is one."""
    if next_cursor:
        pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        # The path as it was sent: with the marks of what a client's id has in it.
        path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
        response.headers["link"] = f'<{path}?{urlencode([*pairs, ("cursor", next_cursor)])}>; rel="next"'
