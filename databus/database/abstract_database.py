"""The storage contract: what Databus asks of a database engine, and what it promises in return.

An engine of your own derives from :class:`AbstractDatabase`, in a module of its own. Run ``databus.testing`` against
it: an engine that passes is a full citizen. Rules that hold for every method:

* Methods are called from many threads at once.
* What a method that changes something has returned from is durable: it survives ``kill -9`` and a power cut.
* A call either does all it says or raises and has done nothing, unless its text says otherwise.
* Times are aware UTC, kept to the microsecond. The clock is the caller's: an engine uses ``now``, never its own clock,
  to decide anything, and ``now`` may be earlier than it was in the call before.
* Text and bytes are kept exactly, whatever a Python string can hold: NUL, lone surrogates, blanks at the end. Ids and
  names are equal only if every character is: ``A`` and ``a`` are two.
* Everything belongs to a client: an id or name of one client says nothing about another's. Where there is no such
  client, lists are empty. A client needs no document to have a queue and logs.
* The content of an attachment that is handed over is read once, from ``attachment.open()``, until nothing comes. The
  stream may give less at once than it was asked for, and it may be one that itself reads another attachment, or the
  one that is being replaced, with ``open_attachment``.
* An attachment may be larger than the memory: it is taken and given in pieces.
* Searches take an ASCII letter in upper and lower case as the same; whether other letters too is left to the engine. No
  character in them has a special meaning.
* Engines raise :class:`~databus.errors.StoreError`, and :class:`~databus.errors.NotFound` where the text says so.
* Two methods, for whoever reads whole queues, are made of others here. An engine that can do them faster does.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from databus.database.records import (
    Claim,
    Document,
    Duplicate,
    Entry,
    LogHead,
    LogLine,
    LogQuery,
    NewEntry,
    Page,
    PurgeRule,
    QueueQuery,
    Refused,
    Route,
    RouteCounts,
    Seated,
    WholeEntry,
)
from databus.database.whole import page_of_ids, whole_entries
from databus.pqueue.outcome import Outcome


class AbstractDatabase(ABC):
    """A database for clients, queue and logs; one instance per process.

    Args:
        arguments: The engine's own, from the dispatcher's ticket or ``--database-arguments``.

    Raises:
        ConfigError: An argument is unknown, missing or wrong.

    Attributes:
        endpoint_folder: The folder where the process that owns the database says how others of this machine reach it;
            None for an engine that several processes may open at once, and for one that keeps nothing outside its
            process.
    """

    endpoint_folder: Path | None = None

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.arguments = dict(arguments)

    # -- life ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def open(self) -> None:
        """Make the database ready: create or upgrade what it needs, take ownership where only one process may work.

        After a crash this repairs whatever was left half done. An engine that only one process may own may end all
        leases and locks here, because whoever held them is gone; but not while
        ``databus.database.borrowing.is_borrowed`` says that others live who have claimed through the last owner.

        Raises:
            StoreOwned: Another process has it; the text says which.
            StoreUnreachable: The server does not answer.
            NewerSchema: A newer Databus wrote it.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back ownership and connections; an instance made anew goes on with everything that was stored.

        Closing twice, or what was never opened, does nothing.
        """

    # -- queue --------------------------------------------------------------------------------------------------------

    @abstractmethod
    def seat(self, entries: Sequence[NewEntry]) -> list[Seated | Duplicate | Refused]:
        """Put passengers into the queue, each identity once.

        The identity is (client_id, passenger_module, seated_as). What is seated here gets ascending sequences above 0,
        in the given order. The rest of an entry is stored as it is given, but for the lease, of which it has none, and
        the attachments, which are described from those that come with it. Each entry is atomic for itself: readers see
        it whole, with all attachments, or not at all.

        An entry that cannot be stored is refused alone, so that its identity stays free: its internal id is taken (in
        its client), two of its attachments have one name, or an attachment cannot be read. What is a duplicate already
        is never refused.

        Returns:
            One result per entry, in the given order.

        Raises:
            StoreError: Nothing more can be written (disk full, server lost). Entries of this call may or may not be
                seated; seating them again is safe.
        """

    @abstractmethod
    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        """Lease due entries of a route to a drive, in the order of their sequence.

        Eligible is an entry with a sequence above ``after`` that has a runnable step due at ``now`` and no lease that
        ends after ``now`` (see ``databus.database.steps.is_claimable``). No entry is leased to two owners at once, and
        each claim of an entry has a higher fence than the one before. A claim shows its entry with this lease.

        Args:
            after: The sequence of the last entry that this drive has claimed; 0 at its beginning.
            limit: The most claims to return.
            owner: Names the drive; shown to operators.
            lease: How long the claim holds from ``now`` on.

        Returns:
            The claims, empty where nothing is eligible.
        """

    @abstractmethod
    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        """Let claims hold for ``lease`` from ``now`` on, also those whose lease has ended.

        A lease of zero gives them back.

        Returns:
            The claims that are lost, because the entry was claimed again since or is gone. For these nothing changes.
        """

    @abstractmethod
    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        """Store what steps did, with what they changed in the passenger.

        ``databus.database.steps`` says which outcomes count (``sift``) and what they make of an entry (``apply``). All
        outcomes of one entry are stored together or not at all: readers never see a step complete without what it
        changed. An outcome whose ``fence`` is not None and not the entry's newest is rejected, and so is one of an
        entry that is gone; the others are stored. Recording does not end a lease. What an outcome has as ``restored``
        takes the place of the entry's steps, completion time and logs, and the entry keeps its sequence.

        Changed attachments are the whole new list, in its order. The ``stored_as`` of one names what is stored before
        this outcome: so two can change names, and two can have the content of one.

        Returns:
            The rejected outcomes, the given objects.

        Raises:
            StoreError: Something cannot be stored: an attachment cannot be read, two have one name, or nothing is
                stored as ``stored_as``. Nothing of that entry is stored; outcomes of other entries may or may not be.
        """

    @abstractmethod
    def find(self, query: QueueQuery, *, now: datetime) -> Page[Entry]:
        """Return a page of a client's entries, highest sequence first.

        Paging to the end while entries come and go shows every entry that was there all the while exactly once. Where
        something filters, a page may end early, even without any entry: only an empty ``next_cursor`` says that it is
        the last one. So an engine need not look through a whole queue for one answer.

        Raises:
            StoreError: The cursor is none of this engine's.
        """

    @abstractmethod
    def counts(self, client_id: str, *, now: datetime) -> list[RouteCounts]:
        """Return how many entries each route of a client has in each state; routes without entries may be missing."""

    @abstractmethod
    def load(self, client_id: str, internal_ids: Sequence[str]) -> list[Entry]:
        """Return those of the entries that exist, in the given order."""

    def find_ids(self, client_id: str, *, cursor: str = "", limit: int) -> Page[str]:
        """Return a page of the internal ids of a client's entries, highest sequence first; it pages as ``find`` does.

        Here the entries are read for it.

        Raises:
            StoreError: The cursor is none of this engine's.
        """
        return page_of_ids(self, client_id, cursor, limit)

    def load_whole(self, client_id: str, internal_ids: Sequence[str], *, room: int) -> list[WholeEntry]:
        """Return entries with the contents of their attachments, in the given order, as many as fit.

        Those that do not exist are left out. All contents together take at most ``room`` bytes: the first entry that
        does not fit any more ends the list, and whoever wants it too asks again from there. One that exists always
        comes, if need be without contents. A content is None where ``open_attachment`` must give it: it does not fit,
        or the engine would rather not have it whole in memory, or cannot read it this way.

        Entry and contents are no more of one moment than those of ``load`` and ``open_attachment``, which are called
        here.
        """
        return whole_entries(self, client_id, internal_ids, room)

    @abstractmethod
    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        """Return the content of an attachment as a stream at its beginning; the caller closes it.

        What is read is one content, whole, or an error is raised: never a mixture, also while it is replaced.

        Raises:
            NotFound: There is no such entry or attachment.
        """

    @abstractmethod
    def purge(self, rule: PurgeRule, *, limit: int, now: datetime) -> int:
        """Delete at most ``limit`` of what a rule names, oldest first; what a lease holds stays, complete or not.

        The age of an entry is its ``settled_on``, of a log its ``created_on``, of a document's version its
        ``saved_on``; among equals the order is the engine's. A deleted entry takes its attachments with it, and its
        identity is free again.

        Returns:
            How many were deleted; less than ``limit`` means that none are left.
        """

    # -- logs ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def append_log(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        """Add lines to a log, creating it from ``head`` at the first call.

        ``head.lines`` says how many lines the log has before these: lines that are stored already are not stored again,
        so repeating a call is safe. Lines that are missing before these, because the log was purged in the meantime,
        stay missing. ``head.worst`` is ignored: engines keep it. Of later heads only ``lines`` counts.
        """

    @abstractmethod
    def find_logs(self, query: LogQuery) -> Page[LogHead]:
        """Return a page of a client's logs, newest first, and those of one time in an order that stays.

        Paging to the end while logs come and go shows every log that was there all the while exactly once. Where a text
        is searched for, a page may end early, even without any log: only an empty ``next_cursor`` says that it is the
        last one. So an engine need not look through all lines for one answer.

        Raises:
            StoreError: The cursor is none of this engine's.
        """

    @abstractmethod
    def read_log(
        self, client_id: str, guid: str, *, start: int = 0, limit: int = 1000
    ) -> tuple[LogHead, list[LogLine]]:
        """Return a log and at most ``limit`` of its lines from number ``start`` on; the first has number 0.

        Raises:
            NotFound: There is no such log.
        """

    # -- clients and their documents ----------------------------------------------------------------------------------

    @abstractmethod
    def clients(self) -> dict[str, str]:
        """Return the version of ``config.json`` of every client that has one, by client id.

        It is cheap enough to be called each second. Where other hands can take a ``config.json`` away and leave the
        rest of the client, the client goes on being listed until the database is closed, with another version, and
        reading its ``config.json`` raises ``ConfigMissing``.
        """

    @abstractmethod
    def delete_client(self, client_id: str, *, now: datetime) -> None:
        """Delete a client with queue, logs, documents and backups. Does nothing where there is no such client.

        Raises:
            StoreError: A drive still holds a lease on one of its entries; nothing was deleted. Where a drive began only
                after the deleting had, what it has claimed is left, and maybe others.
        """

    @abstractmethod
    def read_document(self, client_id: str, name: str, *, version: str = "") -> Document:
        """Return the current version of a document, or the given earlier one.

        Raises:
            NotFound: There is no such document or version.
        """

    @abstractmethod
    def write_document(
        self,
        client_id: str,
        name: str,
        content: bytes,
        *,
        expected: str | None,
        by: str,
        now: datetime,
        backup: bool = True,
    ) -> Document:
        """Store a document, creating it and its client where they are missing.

        Args:
            expected: The version that must be the current one ("" means that there is none); None skips the check.
            by: The user who saves it; empty for Databus itself.
            backup: Keep the version it replaces, to be found with ``document_history`` and read with
                ``read_document``. Without it that version is gone; the versions before stay.

        Returns:
            The document as it is stored now, with its new version, ``now`` and ``by``.

        Raises:
            VersionConflict: ``expected`` is not the current version; nothing was written.
        """

    @abstractmethod
    def list_documents(self, client_id: str) -> list[Document]:
        """Return a client's documents sorted by name, each with empty content."""

    @abstractmethod
    def document_history(self, client_id: str, name: str) -> list[Document]:
        """Return the earlier versions of a document, newest first, each with empty content."""

    @abstractmethod
    def delete_document(self, client_id: str, name: str) -> None:
        """Delete a document and its history. Does nothing where it is missing."""

    # -- locks --------------------------------------------------------------------------------------------------------

    @abstractmethod
    def lock(self, name: str, *, owner: str, lease: timedelta, now: datetime) -> bool:
        """Take or renew a lock for a limited time, so that only one drive pulls a route. A lease of zero gives it back.

        It holds until ``now`` plus the lease; at that time it is free.

        Returns:
            True when ``owner`` has it now, or with a lease of zero does not have it any more; False while another
            owner's lease holds, which stays as it is.
        """
