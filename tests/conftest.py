"""What every test relies on."""

from hypothesis import settings

from tests.servers import pytest_configure, pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["pytest_configure", "pytest_runtest_makereport", "pytest_runtest_setup"]

# No test judges by time: a busy machine is not a bug.
settings.register_profile("databus", deadline=None)
settings.load_profile("databus")
