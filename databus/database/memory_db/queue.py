"""The queue of one client, in memory."""

import io
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from msgspec.structs import replace

from databus.database import steps
from databus.database.memory_db.unsettled import Unsettled
from databus.database.records import Claim, Duplicate, Entry, NewEntry, Refused, Seated, StoredAttachment
from databus.errors import NotFound, StoreError
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import Outcome

Identity = tuple[str, tuple[str, str]]


@dataclass(slots=True)
class _Seat:
    entry: Entry
    contents: dict[str, bytes]
    fence: int = 0


@dataclass(slots=True)
class Queue:
    """The entries of one client; whoever calls it holds the database's lock."""

    _seats: dict[str, _Seat] = field(default_factory=dict)
    _identities: dict[Identity, str] = field(default_factory=dict)
    _unsettled: defaultdict[str, Unsettled] = field(default_factory=lambda: defaultdict(Unsettled))
    _last_sequence: int = 0

    def entries(self) -> Iterator[Entry]:
        """Yield all entries in the order of their sequence."""
        return (seat.entry for seat in self._seats.values())

    def load(self, internal_ids: Sequence[str]) -> list[Entry]:
        """Return those of the entries that exist."""
        return [self._seats[each].entry for each in internal_ids if each in self._seats]

    def content(self, internal_id: str, name: str) -> bytes:
        """Return the content of an attachment, or raise NotFound."""
        try:
            return self._seats[internal_id].contents[name]
        except KeyError:
            raise NotFound(f"queue entry {internal_id!r} has no attachment {name!r}") from None

    def seat(self, new: NewEntry) -> Seated | Duplicate | Refused:
        """Take in one passenger, whole or not at all."""
        entry = new.entry
        held_by = self._identities.get(_identity(entry))
        if held_by is not None:
            return Duplicate(internal_id=held_by)
        if entry.internal_id in self._seats:
            return Refused(internal_id=entry.internal_id, reason="its internal id is taken")
        try:
            contents = _contents(new.attachments, before={})
        except StoreError as error:
            return Refused(internal_id=entry.internal_id, reason=str(error))
        self._last_sequence += 1
        stored = _stored(new.attachments, contents)
        entry = replace(entry, sequence=self._last_sequence, attachments=stored, leased_by="", leased_until=None)
        self._identities[_identity(entry)] = entry.internal_id
        self._put(_Seat(entry, contents))
        return Seated(internal_id=entry.internal_id)

    def claim(
        self, passenger_module: str, *, after: int, limit: int, owner: str, until: datetime, now: datetime
    ) -> list[Claim]:
        """Lease due entries of a route, lowest sequence first."""
        seats = (self._seats[each] for each in self._unsettled[passenger_module].after(after))
        due = islice((seat for seat in seats if steps.is_claimable(seat.entry, now)), limit)
        return [_claimed(seat, owner, until) for seat in due]

    def renew(self, claim: Claim, *, lease: timedelta, now: datetime) -> bool:
        """Let a claim hold on, or give it back; False where it is lost."""
        seat = self._seats.get(claim.entry.internal_id)
        if seat is None or seat.fence != claim.fence:
            return False
        seat.entry = steps.leased(seat.entry, claim.owner, now + lease) if lease else steps.leased(seat.entry, "", None)
        return True

    def record(self, internal_id: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Store what steps did to one entry; return what is rejected."""
        seat = self._seats.get(internal_id)
        if seat is None:
            return list(outcomes)
        counting, rejected = steps.sift(seat.entry, seat.fence, outcomes)
        entry, contents = steps.apply(seat.entry, counting), seat.contents
        for outcome in counting:
            if outcome.changes is not None and outcome.changes.attachments is not None:
                contents = _contents(outcome.changes.attachments, before=contents)
                entry = replace(entry, attachments=_stored(outcome.changes.attachments, contents))
        self._put(_Seat(entry, contents, seat.fence))
        return rejected

    def remove(self, entry: Entry) -> None:
        """Forget an entry."""
        del self._seats[entry.internal_id]
        del self._identities[_identity(entry)]
        self._unsettled[entry.passenger_module].discard(entry.sequence)

    def _put(self, seat: _Seat) -> None:
        entry = seat.entry
        self._seats[entry.internal_id] = seat
        unsettled = self._unsettled[entry.passenger_module]
        if steps.due_on(entry) is None:
            unsettled.discard(entry.sequence)
        else:
            unsettled.add(entry.sequence, entry.internal_id)


def _identity(entry: Entry) -> Identity:
    return entry.passenger_module, entry.seated_as


def _claimed(seat: _Seat, owner: str, until: datetime) -> Claim:
    seat.entry = steps.leased(seat.entry, owner, until)
    seat.fence += 1
    return Claim(entry=seat.entry, owner=owner, fence=seat.fence)


def _contents(attachments: Sequence[Attachment], *, before: Mapping[str, bytes]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for attachment in attachments:
        if attachment.name in contents:
            raise StoreError(f"there are two attachments named {attachment.name!r}")
        contents[attachment.name] = _content(attachment, before)
    return contents


def _content(attachment: Attachment, before: Mapping[str, bytes]) -> bytes:
    if attachment.stored_as is None:
        return _read(attachment)
    if attachment.stored_as not in before:
        raise StoreError(f"attachment {attachment.name!r}: nothing is stored as {attachment.stored_as!r}")
    return before[attachment.stored_as]


def _read(attachment: Attachment) -> bytes:
    try:
        content = io.BytesIO()
        with attachment.open() as stream:
            shutil.copyfileobj(stream, content)
        return content.getvalue()
    except Exception as error:  # the border to the streams of plug-ins, which may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise StoreError(f"attachment {attachment.name!r} cannot be read: {reason}") from error


def _stored(attachments: Sequence[Attachment], contents: Mapping[str, bytes]) -> tuple[StoredAttachment, ...]:
    return tuple(
        StoredAttachment(name=each.name, format=each.format, size=len(contents[each.name])) for each in attachments
    )
