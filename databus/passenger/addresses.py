"""Which network addresses a document from outside may make Databus connect to."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


class AddressRefused(OSError):
    """All addresses of a host are loopback, private or otherwise not of the public internet."""


def allowed_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host and return those of its addresses that may be connected to, in the resolver's order.

    The caller must connect to one of them and not to the name, whose meaning may change.

    Raises:
        AddressRefused: None of them may be connected to.
        OSError: The host cannot be resolved.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    allowed = [address for address in addresses if allow_private or is_public(address)]
    if not allowed:
        raise AddressRefused(f"{host} is at {', '.join(addresses)}, which is not a public address")
    return allowed


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address belongs to the public internet, also as an IPv4 address within an IPv6 one."""
    whole = ip_address(address)
    inner = _embedded(whole) if isinstance(whole, IPv6Address) else None
    if inner is not None:
        return _is_public(inner)
    return _is_public(whole)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_link_local)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
