"""The list of clients, as the page shows it to the administrators of root."""

from fastapi import Request
from starlette.responses import Response

from databus.client.client import Client
from databus.operating.customizing import CLIENTS_NAME, customizings
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
    reads = [site.configs.of(each) for each in sorted(site.database.clients())]
    return page(
        request,
        "customizing_clients.html",
        status=status,
        client=Client.ROOT,
        documents=customizings(site.database, Client.ROOT, site.external_files),
        has_clients=viewer.is_root,
        clients_name=CLIENTS_NAME,
        reads=reads,
        root=Client.ROOT,
        done=DONE[done].format(name) if done in DONE else "",
        said=said,
        typed=typed,
    )
