"""The web page in ``databus start``, and alone in ``databus web``."""

import io
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.integration.cli.conftest import Databus, command, read_until, spawn

WAIT = 60


def address(process: "subprocess.Popen[str]") -> str:
    """Return where the page of a process is."""
    found = re.search(r"web page: (\S+)", read_until(process.stderr, "web page: "))
    assert found is not None
    return found[1]


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command until SIGTERM, which it must obey."""
    with spawn(*arguments) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=WAIT) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["start", "web"])
def test_the_page_is_there_and_ends_with_its_process(shop: Path, name: str) -> None:
    with running(name, "--port", "0", "--alias", "Test") as process:
        page = httpx2.get(f"{address(process)}login", timeout=WAIT)
    assert page.status_code == 200
    assert "Log in · Test" in page.text


@pytest.mark.parametrize("name", ["start", "web"])
@pytest.mark.parametrize(
    "options", [("--host", "0.0.0.0"), ("--trusted-proxy", "127.0.0.1"), ("--host-name", "databus.example")]
)
def test_nobody_else_is_let_in_while_everybody_knows_a_password(
    databus: Databus, name: str, options: tuple[str, ...]
) -> None:
    assert databus("init").code == 0
    ended = subprocess.run(command(name, "--port", "0", *options), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "databus: other machines are not let in while everybody knows the password of user demo of client demo: "
        "`databus user password demo demo` gives it another one, `databus client remove demo` removes the client"
    )
    assert "web page: " not in ended.stderr


@pytest.mark.parametrize("remedy", ["user password demo demo --password-stdin", "client remove demo --yes"])
def test_others_are_let_in_when_that_is_mended(databus: Databus, monkeypatch: pytest.MonkeyPatch, remedy: str) -> None:
    assert databus("init").code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("long secret\n"))
    assert databus(*remedy.split()).code == 0
    with running("start", "--host", "0.0.0.0", "--port", "0") as process:
        assert address(process)


@pytest.mark.parametrize("options", [(), ("--host", "localhost", "--host-name", "127.0.0.1")])
def test_on_its_own_machine_it_starts_as_it_was_laid_out(databus: Databus, options: tuple[str, ...]) -> None:
    assert databus("init").code == 0
    with running("start", "--port", "0", *options) as process:
        assert address(process)


def test_a_page_beside_a_process_that_drives_sees_the_same(
    shop: Path, databus: Databus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("long secret\n"))
    with running("start", "--no-web") as driving:
        read_until(driving.stderr, "runs")
        with running("web", "--port", "0") as process:
            where = address(process)
            assert databus("client", "add", "later").code == 0
            assert databus("user", "add", "later", "ann", "--password-stdin").code == 0
            page = _login(where, "later", "ann", "long secret")
    assert page.url.path == "/clients/later"
    assert "No routes yet" in page.text


def _login(where: str, client: str, username: str, password: str) -> httpx2.Response:
    with httpx2.Client(base_url=where, timeout=WAIT, follow_redirects=True) as browser:
        token = re.search(r'name="token" value="([^"]+)"', browser.get("/login").text)
        assert token is not None
        form = {"token": token[1], "client": client, "username": username, "password": password}
        return browser.post("/login", data=form)


def test_a_port_that_is_taken_is_said_in_one_sentence(shop: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = subprocess.run(command("start", "--port", str(port)), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"the web page cannot use port {port}" in ended.stderr
    assert "--no-web" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_name_that_is_no_machine_is_said_in_one_sentence(shop: Path) -> None:
    ended = subprocess.run(
        command("start", "--host", "no.such.machine.invalid"), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "the web page cannot listen on no.such.machine.invalid" in ended.stderr
    assert "Traceback" not in ended.stderr


NAME = "databus.example"
OPTIONS = ("--trusted-proxy", "192.0.2.1, 127.0.0.1", "--host-name", NAME)


@pytest.mark.parametrize(("name", "options"), [("start", OPTIONS), ("web", OPTIONS), ("web", ())])
def test_it_stands_behind_a_reverse_proxy(
    shop: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: tuple[str, ...]
) -> None:
    if not options:
        monkeypatch.setenv("DATABUS_TRUSTED_PROXY", OPTIONS[1])
        monkeypatch.setenv("DATABUS_HOST_NAME", NAME)
    with running(name, "--port", "0", *options) as process:
        page = f"{address(process)}login"
        ours = httpx2.get(page, headers={"host": NAME, "x-forwarded-proto": "https"}, timeout=WAIT)
        other = httpx2.get(page, headers={"host": "evil.example"}, timeout=WAIT)
    assert ours.status_code == 200
    assert "; Secure" in ours.headers["set-cookie"]
    assert ours.headers["strict-transport-security"]
    assert other.status_code == 421


@pytest.mark.parametrize("name", ["start", "web"])
def test_a_proxy_that_is_no_address_is_wrong_usage(shop: Path, name: str) -> None:
    ended = subprocess.run(
        command(name, "--port", "0", "--trusted-proxy", "proxy.example"), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "--trusted-proxy: 'proxy.example' is no trusted proxy" in ended.stderr
    assert "Traceback" not in ended.stderr
