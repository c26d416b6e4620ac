"""A process that lists a queue until its standard input ends: ``python -m tests.faults.reader FOLDER ENGINE``.

It lists through the owner of the database and reads the files themselves, and says at the end what it missed.
"""

import json
import select
import sys
from collections.abc import Callable
from pathlib import Path

from databus.database.remote.endpoint import ENDPOINT_FILE
from databus.database.remote.remote_database import RemoteDatabase
from tests.faults.engines import JSON
from tests.faults.world import World, all_entries

Look = Callable[[], set[str]]


def missed(world: World, look: Look) -> set[str]:
    """Return who was seated before a look and is not seen by it."""
    seated = world.events.names("seated")
    return seated - look()


def names_in_files(world: World) -> set[str]:
    """Return the documents whose folders are whole."""
    queue = world.client / "pqueue"
    folders = [folder for folder in queue.iterdir() if not folder.name.startswith(".")] if queue.exists() else []
    return {name for folder in folders if (name := _name_in(folder))}


def _name_in(folder: Path) -> str:
    """Return the document of a folder; empty if an attachment is missing although the listing stays as it is."""
    content = (folder / "passenger.json").read_bytes()
    while True:
        passenger = json.loads(content)
        if all((folder / "attachments" / each["name"]).is_file() for each in passenger["attachments"]):
            return str(passenger["external_id"])
        content, before = (folder / "passenger.json").read_bytes(), content
        if content == before:
            return ""


def main() -> None:
    """Look until told to stop."""
    world = World(Path(sys.argv[1]), engine=sys.argv[2])
    remote = RemoteDatabase({"endpoint": str(world.owned / ENDPOINT_FILE)})
    remote.open()
    looks, in_remote, in_files = 0, set[str](), set[str]()
    while not select.select([sys.stdin], [], [], 0)[0]:
        in_remote |= missed(world, lambda: {entry.external_id for entry in all_entries(remote)})
        if world.engine == JSON:
            in_files |= missed(world, lambda: names_in_files(world))
        looks += 1
    remote.close()
    sys.stdout.write(json.dumps({"looks": looks, "remote": sorted(in_remote), "files": sorted(in_files)}))


if __name__ == "__main__":
    main()
