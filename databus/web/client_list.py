"""The list of clients, as the page shows it to the administrators of root."""

from fastapi import Request
from starlette.responses import Response

from databus.client.client import Client
from databus.operating.customizing import CONFIG_NAME
from databus.web.editor import chosen_document, place_of
from databus.web.rendering import page
from databus.web.site import Site
from databus.web.viewers import Viewer

DONE = {
    "added": "Client {} was added. Nobody but users of root can enter it before it has users of its own.",
    "removed": "Client {} was removed, with its configuration, queue and logs.",
}


def client_list(
    request: Request,
    site: Site,
    viewer: Viewer,
    *,
    done: str = "",
    name: str = "",
    said: str = "",
    typed: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    """Return the page.

    Args:
        done: What was done, of ``DONE``.
        name: With which client.
        said: Why something was not done.
        typed: What was typed: a new client's name, and which one it shall be like.
    """
    place = place_of(site, viewer, chosen_document(site, Client.ROOT, CONFIG_NAME))
    reads = [site.configs.of(each) for each in sorted(site.database.clients())]
    return page(
        request,
        "customizing_clients.html",
        status=status,
        **{**place, "chosen": None},
        reads=reads,
        root=Client.ROOT,
        done=DONE[done].format(name) if done in DONE else "",
        said=said,
        typed=typed,
    )
