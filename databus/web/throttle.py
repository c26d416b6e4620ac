"""Slowing down who guesses passwords."""

from ipaddress import IPv6Network, ip_address

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PER_ACCOUNT = "10 per 5 minutes"
"""Failed logins into one account from one address: the rightful user at another address is not locked out by them."""

PER_ADDRESS = "60 per 5 minutes"
"""Failed logins from one address, into whatever accounts."""

WRONG = "1 per 5 minutes"
"""A program that goes on with an old token guesses nothing: the same token counts once."""


class Throttle:
    """Counts failed logins, in memory: whoever restarts Databus may try again."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._account, self._address = parse(PER_ACCOUNT), parse(PER_ADDRESS)
        self._wrong = parse(WRONG)
        self._right: set[tuple[str, str]] = set()
        """Addresses with hashes of tokens that were right there, which are no more than there are programs."""

    def may_try(self, address: str, account: tuple[str, str]) -> bool:
        """Whether somebody at an address may try to log in to an account (client and user) now."""
        place = _place(address)
        return self._limiter.test(self._account, place, *account) and self._limiter.test(self._address, place)

    def failed(self, address: str, account: tuple[str, str]) -> bool:
        """Note a failed login; return whether it was allowed: of those made side by side not all are."""
        place = _place(address)
        hits = [self._limiter.hit(self._account, place, *account), self._limiter.hit(self._address, place)]
        return all(hits)

    def may_guess(self, address: str, token_hash: str) -> bool:
        """Whether a token from an address may be looked at now: one that was right there before always is.

        So a program is not kept out by another one behind the same address, which has a wrong token.
        """
        place = _place(address)
        return (place, token_hash) in self._right or self._limiter.test(self._address, place)

    def guessed_right(self, address: str, token_hash: str) -> None:
        """Note a token that is somebody's."""
        self._right.add((_place(address), token_hash))

    def guessed_wrong(self, address: str, token_hash: str) -> None:
        """Note a token that is nobody's."""
        place = _place(address)
        if self._limiter.hit(self._wrong, place, token_hash):
            self._limiter.hit(self._address, place)


def _place(address: str) -> str:
    """Return what counts as one address: of IPv6, whoever has one has 2**64 of them."""
    try:
        ip = ip_address(address)
    except ValueError:  # a socket without addresses, or the client of a test
        return address
    if ip.version == 4:  # noqa: PLR2004 - the version
        return address
    return str(ip.ipv4_mapped or IPv6Network((ip.packed, 64), strict=False))
