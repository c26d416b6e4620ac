"""Jobs: counted, done, undone, stopped, failed; seen by nobody but who has begun them."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from databus.errors import DatabusError, NotFound, StoreUnreachable
from databus.operating import jobs as limits
from databus.operating.bulk import Handled, Progress
from databus.operating.job import Activity, Job, Owner, Status, Task
from databus.operating.jobs import KEPT, SHUTDOWN, Jobs
from databus.testing.samples import NOW

ANN, BOB = Owner("acme", "ann"), Owner("acme", "bob")
WAIT = 30.0


class Held(Task):
    """Handles ten things, one by one, each when it is let go."""

    name = "Set dead"
    thing = "passenger"
    which = ""
    deletes = False
    needs_administrator = False

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.told: list[str] = []
        self.trouble: Exception | None = None

    def count(self, on_progress: Progress) -> int:
        return self._ten(on_progress).done

    def do(self, on_progress: Progress) -> Handled:
        return self._ten(on_progress)

    @property
    def can_be_undone(self) -> bool:
        return True

    def undo(self, on_progress: Progress) -> Handled:
        return self._ten(on_progress)

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)

    def release(self, times: int = 10) -> None:
        self.go.release(times)

    def _ten(self, on_progress: Progress) -> Handled:
        for number in range(1, 11):
            assert self.go.acquire(timeout=WAIT)
            if self.trouble:
                raise self.trouble
            on_progress(Handled(matched=number, done=number))
        return Handled(matched=10, done=10)


class Time:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def jobs(time: Time) -> Jobs:
    return Jobs(clock=time)


@pytest.fixture
def task() -> Iterator[Held]:
    task = Held()
    yield task
    task.release(100)


def begin(jobs: Jobs, task: Task, owner: Owner = ANN, client_id: str = "acme") -> Job:
    return jobs.begin(task, owner=owner, client_id=client_id, back="/")


def counted(jobs: Jobs, task: Held, owner: Owner = ANN) -> Job:
    job = begin(jobs, task, owner)
    task.release()
    job.wait(WAIT)
    return job


def test_it_is_counted_done_and_undone(jobs: Jobs, task: Held) -> None:
    job = counted(jobs, task)
    assert job.stage.asks
    assert job.stage.counted == 10
    assert not job.can_be_undone
    jobs.do(job)
    assert job.stage.is_under_way
    task.release()
    job.wait(WAIT)
    assert (job.stage.activity, job.stage.status) == (Activity.DOING, Status.DONE)
    jobs.undo(job)
    task.release()
    job.wait(WAIT)
    assert (job.stage.activity, job.stage.status) == (Activity.UNDOING, Status.DONE)
    assert task.told == ["Set dead: 10 of 10 passengers", "undoing: Set dead: 10 of 10 passengers"]


def test_it_is_done_once_however_often_it_is_asked_for(jobs: Jobs, task: Held) -> None:
    job = begin(jobs, task)
    with pytest.raises(DatabusError, match="counting is under way"):
        jobs.do(job)
    task.release()
    job.wait(WAIT)
    jobs.do(job)
    with pytest.raises(DatabusError, match="doing is under way"):
        jobs.do(job)
    task.release()
    job.wait(WAIT)
    with pytest.raises(DatabusError, match="doing is done"):
        jobs.do(job)


def test_it_says_how_far_it_came_when_databus_ends(jobs: Jobs, task: Held) -> None:
    job = counted(jobs, task)
    jobs.do(job)
    task.release(3)
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    task.release(7)  # the batch that it is at, it finishes
    stopping.join(WAIT)
    job.wait(WAIT)
    assert job.stage.status is Status.STOPPED
    assert task.told == [
        f"Set dead: {job.stage.progress.done} of 10 passengers; stopped: {SHUTDOWN}",
    ]
    with pytest.raises(DatabusError, match="about to end"):
        begin(jobs, Held())
    with pytest.raises(DatabusError, match="about to end"):
        jobs.undo(job)


def test_a_person_stops_it_and_undoes_what_was_done(jobs: Jobs, task: Held) -> None:
    job = counted(jobs, task)
    jobs.do(job)
    job.stop("ann has stopped it")
    task.release()
    job.wait(WAIT)
    assert (job.stage.status, job.stage.trouble) == (Status.STOPPED, "ann has stopped it")
    assert job.stage.progress.done == 1
    assert job.can_be_undone


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DatabusError("that cannot be"), "that cannot be"),
        (StoreUnreachable("server secret.example"), "The database could not be used"),
        (RuntimeError("a secret"), "the output of the process"),
    ],
)
def test_a_failure_is_told_without_what_only_root_may_know(jobs: Jobs, task: Held, error: Exception, told: str) -> None:
    job = counted(jobs, task)
    jobs.do(job)
    task.trouble = error
    task.release()
    job.wait(WAIT)
    assert job.stage.status is Status.FAILED
    assert told in job.stage.trouble
    assert "secret" not in job.stage.trouble
    assert len(task.told) == 1


def test_nobody_else_sees_it(jobs: Jobs, task: Held) -> None:
    job = counted(jobs, task)
    assert jobs.find(ANN, "acme", job.id) is job
    for owner, client_id in [(BOB, "acme"), (ANN, "other"), (Owner("root", "ann"), "acme")]:
        with pytest.raises(NotFound):
            jobs.find(owner, client_id, job.id)
        assert jobs.of(owner, client_id) == []


def test_a_client_has_only_so_many_under_way(jobs: Jobs, task: Held) -> None:
    many = [counted(jobs, task) for _ in range(limits.MOST_UNDER_WAY + 1)]
    for job in many[1:]:
        jobs.do(job)
    with pytest.raises(DatabusError, match="4 jobs are under way"):
        jobs.do(many[0])
    with pytest.raises(DatabusError, match="4 jobs are under way"):
        begin(jobs, Held(), BOB)
    assert begin(jobs, task, client_id="other").stage.is_under_way
    task.release()


def test_the_oldest_are_forgotten(jobs: Jobs, task: Held, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEPT", 2)
    under_way = begin(jobs, task)
    added = []
    for _ in range(3):
        time.now += timedelta(seconds=1)
        added.append(jobs.add(Held(), Handled(matched=1, done=1), owner=ANN, client_id="acme", back="/"))
    others = jobs.add(Held(), Handled(), owner=BOB, client_id="acme", back="/")
    assert jobs.of(ANN, "acme") == [added[-1], under_way]
    time.now += KEPT + timedelta(seconds=1)
    assert jobs.of(ANN, "acme") == [under_way]
    with pytest.raises(NotFound):
        jobs.find(BOB, "acme", others.id)
