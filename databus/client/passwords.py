"""Passwords and tokens of users: stored as hashes, compared in constant time.

Passwords are hashed with argon2id; ``é`` typed as one character or as two is the same password (NFKC). Tokens are long
and random, so SHA-256 is enough and a request is checked in microseconds. Plain ones, as Databus 8 stored them, stay
valid.
"""

import hashlib
import re
import secrets
import unicodedata
from hmac import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_HASHED = re.compile(r"\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_TOKEN_MARK = "sha256:"  # noqa: S105 - the mark of a stored hash, no token
_TOKEN_BYTES = 32


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with a salt of its own.

    Raises:
        ValueError: The password is empty.
    """
    if not password:
        raise ValueError("a password must not be empty")
    return _hasher().hash(_password_bytes(password))


def verify_password(password: str, stored: str) -> bool:
    """Whether a password is the stored one, which is a hash or, as in Databus 8, plain. An empty one never is."""
    if not password or not stored:
        return False
    if not is_hashed(stored):
        return compare_digest(_password_bytes(password), _password_bytes(stored))
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored, _password_bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_hashed(stored: str) -> bool:
    """Whether a stored password is an argon2 hash."""
    return _HASHED.fullmatch(stored) is not None


def new_token() -> tuple[str, str]:
    """Make a token: (what the user gets, once; what is stored)."""
    clear = secrets.token_urlsafe(_TOKEN_BYTES)
    return clear, hash_token(clear)


def hash_token(clear: str) -> str:
    """Return what is stored of a token."""
    return _TOKEN_MARK + hashlib.sha256(_token_bytes(clear)).hexdigest()


def verify_token(clear: str, stored: str) -> bool:
    """Whether a token is the stored one, which is a hash or, as in Databus 8, plain. An empty one never is."""
    if not clear or not stored:
        return False
    given = hash_token(clear) if is_hashed_token(stored) else clear
    return compare_digest(_token_bytes(given), _token_bytes(stored))


def is_hashed_token(stored: str) -> bool:
    """Whether a stored token is a hash."""
    return stored.startswith(_TOKEN_MARK)


def _password_bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _token_bytes(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")


def _hasher() -> "PasswordHasher":
    """Return a hasher that needs 19 MiB and about 30 ms, so that several people can log in at the same time."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
