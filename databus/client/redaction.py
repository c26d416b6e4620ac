"""Keeping secret values out of logs, pages and exports."""

from collections.abc import Collection

_SHORTEST = 4  # replacing shorter ones would make every text unreadable and hide nothing


def redact(text: str, secrets: Collection[str]) -> str:
    """Return the text with each secret of four or more characters replaced by ``***``."""
    present = [secret for secret in secrets if len(secret) >= _SHORTEST and secret in text]
    for secret in sorted(present, key=len, reverse=True):  # the longest first: one may be a part of another
        text = text.replace(secret, "***")
    return text
