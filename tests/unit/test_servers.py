"""A test that needs a server skips by name without it, and cannot hide in CI."""

from pathlib import Path

import pytest

from tests import servers

pytest_plugins = ["pytester"]

NEEDS_SERVER = """
    import pytest

    @pytest.mark.server("DATABUS_TEST_SOME_URL")
    def test_needs_server():
        pass
"""


@pytest.fixture(autouse=True)
def _plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (servers.REQUIRE, servers.ABSENT, "DATABUS_TEST_SOME_URL"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeconftest(Path(servers.__file__).read_text(encoding="utf-8"))


def test_skips_and_names_the_variable(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(NEEDS_SERVER)
    result = pytester.runpytest("-rs", "--strict-markers")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*DATABUS_TEST_SOME_URL not set*"])


def test_runs_where_the_variable_is_set(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABUS_TEST_SOME_URL", "some://address")
    monkeypatch.setenv(servers.REQUIRE, "1")
    pytester.makepyfile(NEEDS_SERVER)
    pytester.runpytest().assert_outcomes(passed=1)


def test_fails_where_servers_are_required(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(servers.REQUIRE, "1")
    pytester.makepyfile(NEEDS_SERVER)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*test_needs_server was skipped*DATABUS_TEST_SOME_URL not set*"])


def test_a_listed_server_may_be_absent(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(servers.REQUIRE, "1")
    monkeypatch.setenv(servers.ABSENT, "DATABUS_TEST_OTHER_URL, DATABUS_TEST_SOME_URL")
    pytester.makepyfile(NEEDS_SERVER)
    pytester.runpytest().assert_outcomes(skipped=1)


def test_a_test_that_skips_itself_is_found_too(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(servers.REQUIRE, "1")
    monkeypatch.setenv("DATABUS_TEST_SOME_URL", "some://address")
    pytester.makepyfile(NEEDS_SERVER.replace("pass", "pytest.skip('the server is asleep')"))
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*test_needs_server was skipped*the server is asleep*"])


def test_other_skips_and_expected_failures_stay(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(servers.REQUIRE, "1")
    monkeypatch.setenv("DATABUS_TEST_SOME_URL", "some://address")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.skip(reason="needs no server")
        def test_other():
            pass

        @pytest.mark.server("DATABUS_TEST_SOME_URL")
        @pytest.mark.xfail
        def test_expected():
            raise AssertionError
        """
    )
    pytester.runpytest().assert_outcomes(skipped=1, xfailed=1)
