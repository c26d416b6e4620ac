"""Keeping secret values out of logs, pages and exports."""

import json
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

_SHORTEST = 4  # replacing shorter ones would make every text unreadable and hide nothing

_SHORTEST_LINE = 8  # of several lines: braces and words such as "true" tell nothing

_SETS_REMEMBERED = 1024  # one for each client whose routes are driven


def redact(text: str, secrets: Collection[str]) -> str:
    """Return the text with each secret of four or more characters replaced by ``***``.

    So are the forms in which texts commonly show one: as in a ``repr``, in JSON, percent-encoded, and each longer line
    of one that has several.
    """
    if not secrets:
        return text
    for form in _forms(frozenset(secrets)):
        if form in text:
            text = text.replace(form, "***")
    return text


@lru_cache(maxsize=_SETS_REMEMBERED)
def _forms(secrets: frozenset[str]) -> tuple[str, ...]:
    """Return what is looked for, found out once for all lines of a log."""
    forms = {form for secret in secrets for part in _parts(secret) for form in _shown(part)}
    return tuple(sorted(forms, key=len, reverse=True))  # the longest first: one may be a part of another


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret, and what of it can stand alone."""
    yield from (whole for whole in (secret, secret.strip()) if len(whole) >= _SHORTEST)
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)


def _shown(secret: str) -> Iterator[str]:
    """Yield the forms in which a text may show a secret."""
    encoded = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield repr(secret)[1:-1]
    yield repr(f'{secret}"')[1:-2]  # beside both kinds of quotes, where the single ones are escaped
    yield repr(encoded)[2:-1]
    yield repr(encoded + b'"')[2:-2]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(encoded)
    yield quote(encoded, safe="")
    yield quote_plus(encoded)
