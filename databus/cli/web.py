"""``databus web``."""

import threading

import typer

from databus.cli.commands import command
from databus.cli.failing import note
from databus.cli.serving import (
    Alias,
    Host,
    HostName,
    Port,
    TrustedProxy,
    listed,
    log_to_stderr,
    proxies_of,
)
from databus.cli.where import Given


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "web")(web)


def web(
    given: Given,
    host: Host = "127.0.0.1",
    port: Port = 5000,
    alias: Alias = "Databus",
    trusted_proxy: TrustedProxy = "",
    host_name: HostName = "",
) -> None:
    """Serve the web page alone: nothing is driven.

    It shows what the `databus start` beside it does. Ctrl-C and SIGTERM end it.
    """
    from databus.cli.reaching import reached
    from databus.database.plain_passwords import hash_all_stored_passwords
    from databus.dispatcher.abstract_web_server import WebTicket
    from databus.dispatcher.signals import handling
    from databus.timestamps import utc_now
    from databus.web.web_server import WebServer

    proxies = proxies_of(trusted_proxy)
    ended = threading.Event()
    log_to_stderr()
    # It runs for weeks: as the owner it would keep out the `databus start` that is only started anew.
    with handling(lambda *_: ended.set()), reached(given, serve=True, take_over=False) as database:
        server = WebServer(
            WebTicket(
                database=database,
                host=host,
                port=port,
                alias=alias,
                trusted_proxies=proxies,
                host_names=listed(host_name),
            )
        )
        note(f"web page: {server.listen()}")
        hash_all_stored_passwords(database, clock=utc_now)
        server.serve()
        ended.wait()
        server.stop()
