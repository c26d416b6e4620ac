"""A client folder as Databus 8 leaves it."""

import json
from pathlib import Path


def passenger_json(internal_id: str, external_id: str, *, attachments: list[str], notified: bool = True) -> str:
    """Return passenger.json of Databus 8: naive local time, no keys of ours."""
    return json.dumps(
        {
            "external_id": external_id,
            "internal_id": internal_id,
            "source_system": "DEMO_SYSTEM",
            "passenger_module": "shop.order",
            "puller_module": "shop.puller",
            "puller_notified": notified,
            "pull_datetime": "2020-04-15T17:50:28.700234",
            "attachments": [{"format": "text", "name": name} for name in attachments],
            "log_guids": ["729d8612-7f28-11ea-b9bf-a82066455b02"],
            "processor_statuses": [{"processor_module": "shop.check", "status": "complete"}],
            "pusher_statuses": [{"pusher_module": "shop.out", "status": "incomplete"}],
        },
        indent=4,
    )


def lay_out(client: Path) -> None:
    """Make a client with two entries, a log of each kind of name, a backup, and nothing of ours."""
    first, second = "017cae28-7f25-11ea-8003-a82066455b02", "017dedd0-7f25-11ea-8004-a82066455b02"
    for internal_id, external_id, names in ((second, "B", []), (first, "A", ["a.txt", "order (1).txt"])):
        folder = client / "pqueue" / internal_id
        (folder / "attachments").mkdir(parents=True)
        (folder / "passenger.json").write_text(passenger_json(internal_id, external_id, attachments=list(names)))
        for name in names:
            cleaned = name.replace(" ", "").replace("(", "").replace(")", "")
            (folder / "attachments" / cleaned).write_text(f"content of {name}")
    (client / "config.json").write_text('{"passengers": []}')
    (client / "log").mkdir()
    text = "[2020-04-15T17:50:28.086407][databus.driver.primal_driver][info] Driving...\n"
    more = "[2020-04-15T17:50:29.086407][shop.out][error] Traceback\n  File x\n\nValueError: no\n"
    logs = client / "log"
    (logs / "2020-04-15T17:50:28.656680_729d8612-7f28-11ea-b9bf-a82066455b02.txt").write_text(text + more)
    (logs / "2020-04-15T18_50_28_81ce4044-7f24-11ea-8683-a82066455b02.json").write_text(text)
    (client / "backup").mkdir()
    (client / "backup" / "ac1d53f8-e0f1-4884-8204-53dbe0503092-__databus__.json").write_text("{}")
