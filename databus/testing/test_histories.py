"""Thousands of random histories: whatever happens, the engine answers as ``memory_db`` does."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from databus.testing.engine import Place
from databus.testing.history_of_queue import QueueHistory
from databus.testing.history_of_records import RecordHistory
from databus.testing.twins import Twins


class _WholeHistory(QueueHistory, RecordHistory):
    """Everything at once."""


class TestHistories:
    """The engine and ``memory_db``."""

    def test_of_queues(self, place: Place) -> None:
        _run(QueueHistory, place)

    def test_of_logs_documents_and_locks(self, place: Place) -> None:
        _run(RecordHistory, place)

    def test_of_everything(self, place: Place) -> None:
        _run(_WholeHistory, place, share=4)


def _run(kind: type[QueueHistory] | type[RecordHistory], place: Place, share: int = 1) -> None:
    twins = Twins(place)
    profile = settings(
        max_examples=max(1, int(os.environ.get("DATABUS_TEST_EXAMPLES", "200")) // share),
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    def history() -> RuleBasedStateMachine:
        return kind(place, twins)

    try:
        run_state_machine_as_test(history, settings=profile)  # type: ignore[arg-type]  # any maker of one will do
    finally:
        twins.subject.close()
