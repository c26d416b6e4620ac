"""Which addresses may be connected to."""

import pytest

from databus.passenger.addresses import AddressRefused, allowed_addresses, is_public


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%lo", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "2130706433", "0x7f.1", "0", "::ffff:127.0.0.1"])
def test_hosts_that_are_not_public_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises(AddressRefused, match="not a public address"):
        allowed_addresses(host, 80, allow_private=False)


def test_they_can_be_allowed() -> None:
    assert allowed_addresses("127.0.0.1", 80, allow_private=True) == ["127.0.0.1"]
    assert allowed_addresses("8.8.8.8", 80, allow_private=False) == ["8.8.8.8"]
