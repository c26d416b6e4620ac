"""What a passenger is recognized by, as one index holds it: equal only for equal ones, neighbours beside each other.

An index of hashes gets each new row at a place of its own: with many rows, each dirties a page. Sources mostly count,
and here what they count stays together.
"""

from functools import lru_cache
from hashlib import blake2b

import orjson

from databus.database.sql_db import exact_text

LONGEST = 65
"""Bytes of an identity, at most."""

_WHOLE = 48
_BEGINNING = 32
_DIGEST = 16

_IS_WHOLE, _IS_CUT = b"\1", b"\2"


def identity(client_id: str, passenger_module: str, seated_as: tuple[str, str]) -> bytes:
    """Return the identity of a passenger.

    It is a hash of client, type and source system, a byte, and the external id: whole, or if it is longer than 48
    bytes, its beginning and a hash of it. The byte says which of the two, so that neither ever equals the other, nor a
    hash alone, as revision 0001 of the tables had it; not even on a server that fills up with zeros to compare.

    Revision 0002 has written it into tables that exist: another form needs another function, and a migration.

    Args:
        seated_as: Source system and external id.
    """
    source_system, external_id = seated_as
    origin = _origin(client_id, passenger_module, source_system)
    written = exact_text.write(external_id).encode()  # without zeros, see above
    if len(written) <= _WHOLE:
        return origin + _IS_WHOLE + written
    return origin + _IS_CUT + written[:_BEGINNING] + _hash(written)


@lru_cache(maxsize=1024)  # passengers come in crowds from one source
def _origin(*parts: str) -> bytes:
    return _hash(orjson.dumps([exact_text.write(each) for each in parts]))


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST).digest()
