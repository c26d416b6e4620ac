"""Pages for administrators only."""

from typing import Annotated

from fastapi import Depends

from databus.web.guard import Administering, Forbidden, Viewer, ViewerOf


def administrator_of(viewer: ViewerOf) -> Viewer:
    """Return who looks.

    Raises:
        Forbidden: It is no administrator.
    """
    if not viewer.is_administrator:
        raise Forbidden("Only an administrator may see that.")
    return viewer


Administrator = Annotated[Viewer, Depends(administrator_of)]


def root_administrator(viewer: Administrator) -> Viewer:
    """Return who looks at what concerns all clients.

    Raises:
        Forbidden: It is no administrator of root.
    """
    return _of_root(viewer)


def root_administering(viewer: Administering) -> Viewer:
    """Return who wants to change what concerns all clients.

    Raises:
        Forbidden: It is no administrator of root.
    """
    return _of_root(viewer)


def _of_root(viewer: Viewer) -> Viewer:
    if not viewer.is_root:
        raise Forbidden("Only an administrator of client root may do that.")
    return viewer


RootAdministrator = Annotated[Viewer, Depends(root_administrator)]
RootAdministering = Annotated[Viewer, Depends(root_administering)]
