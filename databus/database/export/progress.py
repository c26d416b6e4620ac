"""How far an export is, and what became of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an export is with one kind of thing; ``total`` is 0 where it is not known."""

    client_id: str
    what: str
    done: int
    total: int = 0


@dataclass(slots=True, kw_only=True)
class ClientResult:
    """What an export has done for one client.

    Attributes:
        entries, logs, documents: How many are verified to be the same on both sides.
        written: Entries that were seated in the target.
        updated: Entries that were brought up to date there.
        skipped: What differs and was left as it is.
        out_of_order: Entries that stand at another place in the target's order, because that is how it already was.
        extra: Entries, logs and documents that only the target has; they stay.
        attachment_bytes: Of all verified attachments.
    """

    client_id: str
    entries: int = 0
    logs: int = 0
    documents: int = 0
    written: int = 0
    updated: int = 0
    skipped: int = 0
    out_of_order: int = 0
    extra: int = 0
    attachment_bytes: int = 0
