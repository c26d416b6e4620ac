"""Pages for administrators only."""

from typing import Annotated

from fastapi import Depends

from databus.web.guard import Forbidden, Viewer, ViewerOf


def administrator_of(viewer: ViewerOf) -> Viewer:
    """Return who looks.

    Raises:
        Forbidden: It is no administrator.
    """
    if not viewer.is_administrator:
        raise Forbidden("Only an administrator may see that.")
    return viewer


Administrator = Annotated[Viewer, Depends(administrator_of)]
