"""The configurations that ``databus init`` writes."""

import secrets
from pathlib import Path
from typing import Any

from databus.client.config_editing import add_user
from databus.client.interpolation import escaped
from databus.operating.client_keeping import config_bytes
from databus.operating.known_passwords import DEMO

EVERY_SIX_SECONDS = 0.1


def demo_config() -> bytes:
    """Return the client demo: plug-ins that make up passengers and carry them nowhere."""
    return config_bytes(
        {
            "log_life_span": 1,
            "passengers": [
                {
                    "name": "databus.passenger.demo.demo_passenger_1",
                    "pullers": ["databus.puller.demo.demo_puller_1"],
                    "processors": ["databus.processor.demo.demo_processor_1"],
                    "pushers": ["databus.pusher.demo.demo_pusher_1"],
                    "queue": "databus.pqueue.primal_queue",
                    "queue_life_span": 1,
                    "sync_frequency": 1,
                }
            ],
            "users": [{"username": DEMO, "password": DEMO, "role": "administrator"}],
        }
    )


def files_config(data: Path) -> bytes:
    """Return the client files, which carries ``inbox`` to ``outbox`` of a data folder.

    The folders stand in it as absolute paths, so that it works wherever Databus is started.
    """
    return config_bytes(
        {
            "log_life_span": 7,
            "passengers": [
                {
                    "name": "databus.passenger.document",
                    "pullers": [_step("databus.puller.files", "inbox", data / "inbox", when_seated="delete")],
                    "pushers": [_step("databus.pusher.files", "outbox", data / "outbox")],
                    "queue_life_span": 1,
                    "sync_frequency": EVERY_SIX_SECONDS,
                }
            ],
            "users": [],
            "open": False,
        }
    )


def root_config() -> tuple[bytes, str]:
    """Return the client root and the password of its only user."""
    password = secrets.token_urlsafe(15)
    empty = config_bytes({"log_life_span": 30, "passengers": [], "users": []})
    return add_user(empty, "root", role="administrator", password=password), password


def _step(module: str, name: str, folder: Path, **settings: str) -> dict[str, Any]:
    return {"module": module, "name": name, "settings": {"url": escaped(str(folder)), **settings}}
