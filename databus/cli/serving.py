"""What the commands that run until they are ended have in common."""

import sys
from typing import Annotated

import typer

from databus.cli.failing import WrongUsage
from databus.errors import DatabusError

PATIENCE = 3.0
"""Seconds to wait for a short command to give the database back; whoever has it longer is another dispatcher."""

Alias = Annotated[str, typer.Option("--alias", metavar="NAME", help="Name of this installation, such as Test.")]
Host = Annotated[
    str, typer.Option("--host", metavar="NAME", help="Where the web page listens; 0.0.0.0 lets other machines in.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the web page; 0 takes a free one.")]
TrustedProxy = Annotated[
    str,
    typer.Option(
        "--trusted-proxy",
        envvar="DATABUS_TRUSTED_PROXY",
        metavar="ADDRESS[,…]",
        help="Reverse proxy that is believed who asks, and whether over TLS (X-Forwarded-For, X-Forwarded-Proto).",
    ),
]
HostName = Annotated[
    str,
    typer.Option(
        "--host-name",
        envvar="DATABUS_HOST_NAME",
        metavar="NAME[,…]",
        help="Name that the web page is asked for under; others are refused. [default: what this machine is called]",
    ),
]


def log_to_stderr() -> None:
    """Let a process that runs on say what happens."""
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("databus")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def listed(text: str) -> list[str]:
    """Return what is listed, separated by commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


def proxies_of(text: str) -> list[str]:
    """Return the addresses of proxies.

    Raises:
        WrongUsage: One is no address.
    """
    from databus.web.proxies import believed

    addresses = listed(text)
    try:
        believed(addresses)
    except DatabusError as error:
        raise WrongUsage(f"--trusted-proxy: {error}") from error
    return addresses
