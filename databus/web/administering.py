"""Pages for administrators only."""

from typing import Annotated

from fastapi import Depends

from databus.web.guard import Administering, Forbidden, ViewerOf
from databus.web.viewers import Viewer


async def administrator_of(viewer: ViewerOf) -> Viewer:
    """Return who looks.

    Raises:
        Forbidden: It is no administrator.
    """
    if not viewer.is_administrator:
        raise Forbidden("Only an administrator may see that.")
    return viewer


Administrator = Annotated[Viewer, Depends(administrator_of)]


def check_root(viewer: Viewer) -> None:
    """Refuse whoever belongs to another client.

    Raises:
        Forbidden: They do.
    """
    if not viewer.is_root:
        raise Forbidden("Only users of client root see the whole system.")


async def root_of(viewer: ViewerOf) -> Viewer:
    """Return who looks at the whole system.

    Raises:
        Forbidden: It is no user of root.
    """
    check_root(viewer)
    return viewer


async def root_administrator_of(viewer: Administrator) -> Viewer:
    """Return who looks at what only root's administrators see.

    Raises:
        Forbidden: It is somebody else.
    """
    check_root(viewer)
    return viewer


async def root_administering(viewer: Administering) -> Viewer:
    """Return who wants to change the whole system.

    Raises:
        Forbidden: It is no administrator of root, or the request does not come from a page of ours.
    """
    check_root(viewer)
    return viewer


RootViewer = Annotated[Viewer, Depends(root_of)]
RootAdministrator = Annotated[Viewer, Depends(root_administrator_of)]
RootAdministering = Annotated[Viewer, Depends(root_administering)]
