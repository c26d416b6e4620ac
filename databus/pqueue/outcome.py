"""What a step did to one passenger, as it is handed to a database to be recorded."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from databus.passenger.attachment import Attachment
from databus.pqueue.queue_status import QueueStatus

NOTIFY = "notify"
"""The name of every entry's first step: telling its puller that it is seated."""


class StepKind(StrEnum):
    """The three kinds of steps, in the order in which they run."""

    NOTIFY = "notify"
    PROCESS = "process"
    PUSH = "push"


class OutcomeKind(StrEnum):
    """What happened to a step.

    ``COMPLETE``, ``FAILED`` and ``REJECTED`` come from drives and from operators; ``INCOMPLETE`` is an operator who
    sets a step back so that it runs again.
    """

    COMPLETE = "complete"
    FAILED = "failed"
    REJECTED = "rejected"
    INCOMPLETE = "incomplete"


class Step(Struct, frozen=True, kw_only=True, gc=False):
    """One step of one entry.

    Attributes:
        kind, name: Identify the step within its entry; the name is the configured one, or the module.
        module: The plug-in's module.
        status: incomplete or complete.
        attempts: How often it was tried since it was seated or set back.
        last_error: Of the last attempt; empty after a success.
        due_on: Not before this time is it tried again; None means at the next drive.
        dead: It is not tried again until an operator sets it back.
        changed_on: When its last outcome happened; None before the first.
    """

    kind: StepKind
    module: str
    name: str
    status: QueueStatus = QueueStatus.incomplete
    attempts: int = 0
    last_error: str = ""
    due_on: datetime | None = None
    dead: bool = False
    changed_on: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it has nothing left to do."""
        return self.status is QueueStatus.complete


class Changes(Struct, frozen=True, kw_only=True):
    """What a processor changed in its passenger.

    Attributes:
        source_system, external_id: As they are now. The identity under which the passenger was seated stays.
        attachments: The whole new list, or None where the list and all contents are as they were. An attachment whose
            ``stored_as`` is set has the content that is already stored under that name.
    """

    source_system: str
    external_id: str
    attachments: Sequence[Attachment] | None


class Restored(Struct, frozen=True, kw_only=True, gc=False):
    """How far a passenger has come, as another database knows it: it takes the place of what is stored.

    Attributes:
        steps: All steps of the entry.
        completed_on, log_guids: As in ``Entry``.
    """

    steps: tuple[Step, ...]
    completed_on: datetime | None
    log_guids: tuple[str, ...]


class Outcome(Struct, frozen=True, kw_only=True):
    """What one step did to one passenger.

    Attributes:
        client_id, internal_id: The queue entry.
        kind, name: The step.
        result: What happened.
        at: When it happened.
        fence: The fence of the claim under which it happened; None for an operator, who needs no claim.
        attempted: Whether the step's own plug-in was called; False where another one, or an operator, set its status.
        error: Type, message and traceback of a failure, or the reason of a rejection.
        due_on: Not before this time is a failed step tried again; None means at the next drive.
        dead: The step is not tried again until an operator sets it back.
        log_guid: The log in which it can be read; empty for none.
        changes: What the step changed in the passenger; None for nothing.
        restored: Set by an export that brings an entry up to date: of the outcome only this and ``changes`` count, for
            whatever step it is. None for an outcome of a step.
    """

    client_id: str
    internal_id: str
    kind: StepKind
    name: str
    result: OutcomeKind
    at: datetime
    fence: int | None = None
    attempted: bool = True
    error: str = ""
    due_on: datetime | None = None
    dead: bool = False
    log_guid: str = ""
    changes: Changes | None = None
    restored: Restored | None = None
