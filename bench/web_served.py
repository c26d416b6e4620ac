"""The pages and the API in a process of their own, which drives when it is told to."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from databus.__main__ import collect_less_often
from databus.benchmark.workload import run_workload
from databus.database.abstract_database import AbstractDatabase
from databus.database.opening import owned_database
from databus.dispatcher.abstract_web_server import WebTicket
from databus.web.web_server import WebServer

PATIENCE = 60.0


class Served:
    """The process that serves."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        url = urlsplit(self._answer()["address"])
        self.host, self.port = url.hostname or "", url.port or 0

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    def drive(self, passengers: int, first: int) -> float:
        """Drive so many new passengers; return how many per second."""
        self._say("drive", passengers, first)
        return float(self._answer()["per_second"])

    def memory_mib(self) -> float:
        """Return the memory that it holds now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def _say(self, *words: object) -> None:
        assert self._process.stdin is not None
        print(json.dumps(words), file=self._process.stdin, flush=True)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def served(module: str, arguments: dict[str, Any]) -> Iterator[Served]:
    """Serve a database."""
    command = [sys.executable, "-m", "bench.web_served", module, json.dumps(arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        server = Served(process)
        try:
            yield server
        finally:
            server.stop()


def _drive(database: AbstractDatabase, passengers: int, first: int) -> dict[str, Any]:
    return run_workload(database, passengers, first=first).as_dict()


DEEDS: dict[str, Callable[..., dict[str, Any]]] = {"drive": _drive}


def _serve(module: str, arguments: dict[str, Any]) -> None:
    collect_less_often()  # as every process of the command line does
    with owned_database(module, arguments, serve=False) as database:
        server = WebServer(WebTicket(database=database, host="127.0.0.1", port=0, alias="Measured"))
        print(json.dumps({"address": server.listen()}), flush=True)
        server.serve()
        for line in sys.stdin:
            deed, *words = json.loads(line)
            print(json.dumps(DEEDS[deed](database, *words)), flush=True)
        server.stop()


if __name__ == "__main__":
    _serve(sys.argv[1], json.loads(sys.argv[2]))
