"""Who listens to other machines: with a password that everybody knows, anybody could enter, and run code here."""

import shlex
from ipaddress import ip_address

from databus.dispatcher.abstract_web_server import WebTicket
from databus.errors import DatabusError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine for itself: who listens under one lets nobody else in."""


def check_passwords(ticket: WebTicket) -> None:
    """Raise DatabusError where other machines would be let in while everybody knows a user's password."""
    if not lets_others_in(ticket):
        return
    from databus.operating.known_passwords import DEMO, client_with_known_password

    client = client_with_known_password(ticket.database)
    if client is not None:
        name = shlex.quote(client)
        raise DatabusError(
            f"other machines are not let in while everybody knows the password of user {DEMO} of client {client}: "
            f"`databus user password {name} {DEMO}` gives it another one, `databus client remove {name}` removes the "
            "client"
        )


def lets_others_in(ticket: WebTicket) -> bool:
    """Whether a web page answers other machines: itself, or through a proxy that stands before it."""
    named = not all(_is_loopback(name) for name in ticket.host_names)
    return named or bool(ticket.trusted_proxies) or not _is_loopback(ticket.host)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() in LOOPBACK
