"""The files that pages are made of."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class OwnFiles(StaticFiles):
    """Files that a browser keeps, but asks each time whether they are still the same: some are larger than a page."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """Return a file."""
        response = super().file_response(*args, **more)
        response.headers["cache-control"] = "no-cache"
        return response
