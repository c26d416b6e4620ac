"""Parts of external ids, by which a server without an index of parts of texts finds them.

A row for each character of an id would be twice as many rows. Here one place of any three that follow each other is
chosen, by the two bytes at it alone: so a text that is looked for chooses the same places wherever it stands, and what
begins there is a part of every id that contains it.

What is chosen is in the tables: choosing otherwise needs a migration that fills them anew. A test has values.
"""

from itertools import pairwise

LONGEST_PART = 12
"""Bytes of a part: enough to tell apart what ends in a number."""

SHORTEST = 4
"""A text of fewer bytes need not have a place that is chosen."""

UNDIVIDED = b"\xff"
"""Stands for the parts of an id that is too long to have them. UTF-8 has no such byte."""

_MOST = 500
"""Bytes of an id that is divided."""

_LOOKUPS = 4

# In their own order, each place would be chosen where digits ascend. Of the factors tried, this one chose the fewest.
_MIXED = bytes((byte * 201 + 13) % 256 for byte in range(256))


def parts_of(external: str) -> set[bytes]:
    """Return the parts of an external id, as it is written in lower case."""
    text = external.encode()
    if len(text) > _MOST:
        return {UNDIVIDED}
    return {text[place : place + LONGEST_PART] for place in _places(text)}


def lookups(searched: str) -> list[bytes]:
    """Return what parts of an id begin with that contains a text; each by itself finds all such ids.

    They go from the end of the text to its beginning: ids of one source often begin alike. Empty for a short text.
    """
    text = searched.encode()
    places = sorted(_places(text))
    found: list[bytes] = []
    end = len(text)
    for _ in range(_LOOKUPS):
        near = [place for place in places if end - LONGEST_PART <= place < end - 1]
        if near:
            found.append(text[near[0] : end])
            end = near[0]
    return found


def _places(text: bytes) -> set[int]:
    mixed = text.translate(_MIXED)
    pairs = list(pairwise(mixed))
    return {
        place if one <= two and one <= three else place + 1 if two <= three else place + 2
        for place, (one, two, three) in enumerate(zip(pairs, pairs[1:], pairs[2:], strict=False))
    }
