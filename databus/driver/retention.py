"""Deleting what has outlived its time, in small committed batches."""

import threading
from datetime import datetime, timedelta

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import BackupPurge, LogPurge, PurgeRule, QueuePurge

BATCH = 256
"""Entries that are deleted in one commit."""

AUDIT_LIFE_SPAN = 366
"""Days for which logs that are no drive's are kept at least: they say who changed what."""

BACKUPS_KEPT = 50
"""Earlier versions of each document that are kept whatever their age."""


def purge_all(database: AbstractDatabase, rule: PurgeRule, *, now: datetime, stop: threading.Event) -> int:
    """Delete everything that a rule names, or until it shall stop; return how many that were."""
    deleted = 0
    while not stop.is_set():
        batch = database.purge(rule, limit=BATCH, now=now)
        deleted += batch
        if batch < BATCH:
            break
    return deleted


def audit_life_span(log_life_span: float) -> float:
    """Return for how many days a client's logs are kept that are no drive's."""
    return max(log_life_span, AUDIT_LIFE_SPAN)


def purge_expired(
    database: AbstractDatabase,
    *,
    client_id: str,
    passenger_module: str,
    queue_life_span: float,
    log_life_span: float,
    now: datetime,
    stop: threading.Event,
) -> int:
    """Delete complete entries of a route, logs and backups of its client that are older than their life spans.

    Args:
        queue_life_span, log_life_span: Days; 0 keeps nothing that was there before ``now``. Logs that are no drive's
            are kept for ``AUDIT_LIFE_SPAN`` days at least.
        stop: When set, the rest is left to the next time.

    Returns:
        How many entries, logs and backups were deleted.
    """
    logs_before = now - timedelta(days=log_life_span)
    audits_before = now - timedelta(days=audit_life_span(log_life_span))
    rules: list[PurgeRule] = [
        QueuePurge(
            client_id=client_id, passenger_module=passenger_module, before=now - timedelta(days=queue_life_span)
        ),
        LogPurge(client_id=client_id, before=logs_before, of_drives=True),
        LogPurge(client_id=client_id, before=audits_before, of_drives=False),
        BackupPurge(client_id=client_id, keep=BACKUPS_KEPT, before=logs_before),
    ]
    return sum(purge_all(database, rule, now=now, stop=stop) for rule in rules)
