"""Internal ids that grow with the time at which they are made: a store puts new ones beside each other."""

import os

_MILLISECOND = 1_000_000
"""In nanoseconds."""

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def time_ordered_number(now: int) -> int:
    """Return the number of a new UUID of version 7, RFC 9562, section 5.7: Unix time in milliseconds, then chance.

    In place of ``rand_a`` stands the rest of the time, in 4,096ths of a millisecond (section 6.2, method 3): ids of one
    process are ordered too, without anything that its threads would have to share. 62 bits are chance.

    Args:
        now: Nanoseconds since 1970, as ``time.time_ns`` has them.
    """
    milliseconds, rest = divmod(now, _MILLISECOND)
    fraction = (rest << 12) // _MILLISECOND
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return milliseconds << 80 | _VERSION | fraction << 64 | _VARIANT | chance
