"""Which reverse proxies are believed what they say of who asks."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, ip_network

from databus.errors import DatabusError


def believed(addresses: Sequence[str]) -> list[str]:
    """Return the addresses and networks of proxies as uvicorn takes them.

    Raises:
        DatabusError: One of them is none.
    """
    return [network for address in addresses for network in _networks(address)]


def _networks(address: str) -> Iterator[str]:
    try:
        network = ip_network(address, strict=False)
    except ValueError:
        raise DatabusError(
            f"{address!r} is no trusted proxy: give its IP address, such as 127.0.0.1, or a network, such as 10.0.0.0/8"
        ) from None
    yield str(network)
    if isinstance(network, IPv4Network):  # as who listens on :: sees it
        yield f"::ffff:{network.network_address}/{96 + network.prefixlen}"
