"""Tests that need a real server name the variable with its address: ``@pytest.mark.server("DATABUS_TEST_…_URL")``.

Without the variable such a test skips, naming it. With ``DATABUS_TEST_REQUIRE_SERVERS=1``, as in CI, it fails instead,
also when it skips by itself, unless ``DATABUS_TEST_ABSENT_SERVERS`` (names separated by commas or spaces) lists its
variable as a server that this machine cannot have. On a person's machine PostgreSQL comes from a wheel, if need be.
"""

import os
from collections.abc import Generator

import pytest

REQUIRE = "DATABUS_TEST_REQUIRE_SERVERS"
ABSENT = "DATABUS_TEST_ABSENT_SERVERS"

_EMBEDDED = "DATABUS_TEST_POSTGRESQL_URL"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "server(*variables): needs the servers whose addresses these variables hold")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _EMBEDDED in _variables(item) and not os.environ.get(_EMBEDDED) and os.environ.get(REQUIRE) != "1":
        from tests import embedded

        os.environ[_EMBEDDED] = embedded.postgresql()
    missing = [variable for variable in _variables(item) if not os.environ.get(variable)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not set")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # An expected failure is reported as skipped too, but it did run.
    if report.skipped and not hasattr(report, "wasxfail") and _must_run(item):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and {REQUIRE}=1 wants it to run: {_reason(report)}"
    return report


def _must_run(item: pytest.Item) -> bool:
    absent = os.environ.get(ABSENT, "").replace(",", " ").split()
    variables = _variables(item)
    return os.environ.get(REQUIRE) == "1" and bool(variables) and not set(variables) & set(absent)


def _variables(item: pytest.Item) -> list[str]:
    return [variable for marker in item.iter_markers("server") for variable in marker.args]


def _reason(report: pytest.TestReport) -> str:
    # A skip is kept as (file, line, "Skipped: reason").
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
