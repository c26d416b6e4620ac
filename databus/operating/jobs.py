"""The jobs of this process: who has begun one finds it again, and nobody else."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from databus.errors import DatabusError, NotFound
from databus.operating.bulk import Handled
from databus.operating.job import Job, Owner, Task
from databus.timestamps import utc_now

MOST_UNDER_WAY = 4
"""Jobs of one client: more would only be in each other's way."""

MOST_KEPT = 50
"""Jobs of one person at one client; the oldest is forgotten for a new one."""

KEPT = timedelta(hours=4)
"""So long a job that has ended is known, and can be undone."""

PATIENCE = 10.0
"""Seconds that jobs have for ending when Databus ends."""

SHUTDOWN = "Databus was ended"


class Jobs:
    """Begins jobs, and keeps them while they may be asked for."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._is_over = False

    def begin(self, task: Task, *, owner: Owner, client_id: str, back: str) -> Job:
        """Begin to count what a task would be done with.

        Raises:
            DatabusError: Too many are under way at this client, or Databus is about to end.
        """
        with self._lock:
            self._check(client_id)
            job = self._keep(task, owner, client_id, back)
            job.count()
        return job

    def do(self, job: Job) -> None:
        """Begin to do what was counted.

        Raises:
            DatabusError: As ``begin`` and ``Job.do``.
        """
        with self._lock:
            self._check(job.client_id)
            job.do()

    def undo(self, job: Job) -> None:
        """Begin to undo what was done.

        Raises:
            DatabusError: As ``begin`` and ``Job.undo``.
        """
        with self._lock:
            self._check(job.client_id)
            job.undo()

    def add(self, task: Task, handled: Handled, *, owner: Owner, client_id: str, back: str) -> Job:
        """Keep a task that was done already, so that it can be undone."""
        with self._lock:
            job = self._keep(task, owner, client_id, back)
            job.did(handled)
        return job

    def find(self, owner: Owner, client_id: str, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFound: There is none of this id, or it is somebody else's.
        """
        for job in self.of(owner, client_id):
            if job.id == job_id:
                return job
        raise NotFound(
            "There is no such job of yours: it is kept for a while by the process that has done it. What it has done "
            "stands in the log."
        )

    def of(self, owner: Owner, client_id: str) -> list[Job]:
        """Return somebody's jobs at a client, newest first."""
        with self._lock:
            self._forget_old()
            mine = [job for job in self._jobs.values() if (job.owner, job.client_id) == (owner, client_id)]
        return sorted(mine, key=lambda job: job.began, reverse=True)

    def stop(self) -> None:
        """Let all end after the batches that they are at, and wait for them; each writes down how far it came."""
        with self._lock:
            self._is_over = True
            under_way = [job for job in self._jobs.values() if job.stage.is_under_way]
        for job in under_way:
            job.stop(SHUTDOWN)
        deadline = time.monotonic() + PATIENCE
        for job in under_way:
            job.wait(max(0.0, deadline - time.monotonic()))

    def _keep(self, task: Task, owner: Owner, client_id: str, back: str) -> Job:
        self._forget_old()
        mine = [job for job in self._jobs.values() if (job.owner, job.client_id) == (owner, client_id)]
        for job in [each for each in mine if not each.stage.is_under_way][: max(0, len(mine) - MOST_KEPT + 1)]:
            del self._jobs[job.id]
        job = Job(task, owner=owner, client_id=client_id, back=back, began=self._clock())
        self._jobs[job.id] = job
        return job

    def _forget_old(self) -> None:
        oldest = self._clock() - KEPT
        for job in [each for each in self._jobs.values() if each.began < oldest and not each.stage.is_under_way]:
            del self._jobs[job.id]

    def _check(self, client_id: str) -> None:
        if self._is_over:
            raise DatabusError("Databus is about to end: nothing is begun any more.")
        under_way = [job for job in self._jobs.values() if job.client_id == client_id and job.stage.is_under_way]
        if len(under_way) >= MOST_UNDER_WAY:
            raise DatabusError(f"{MOST_UNDER_WAY} jobs are under way at this client: wait until one has ended.")
