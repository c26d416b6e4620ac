"""A process that works on a database until it is killed: ``python -m databus.testing.victim MODULE ARGUMENTS FIRST``.

It says on its standard output what the engine has promised it, line by line. What it works on follows from a number, so
that whoever killed it knows what must be there.
"""

import json
import sys
from itertools import count

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, NewEntry
from databus.testing.engine import Place
from databus.testing.samples import CLIENT, DAY, NOW, binary, changed, claim, head, line, outcome, passenger, text

OWNER = "victim"


def pulled(number: int) -> NewEntry:
    """Return the passenger of a number, as it is seated."""
    attachments = [text("name.txt", f"passenger {number}"), binary("data.bin", data(number, 0))]
    return passenger(str(number), attachments=attachments)


def data(number: int, version: int) -> bytes:
    """Return the large content of a passenger before (0) and after (1) its processor changed it."""
    return f"{number}/{version}\n".encode() * 5000


def work(database: AbstractDatabase, number: int) -> None:
    """Do everything once, and say what is done."""
    database.seat([pulled(number)])
    _say("seated", number)
    for each in claim(database, owner=OWNER, limit=2, lease=DAY, now=NOW + DAY * number):
        own = int(each.entry.external_id)  # an earlier one, if the process before was killed over it
        name = text("name.txt", f"passenger {own} checked")
        database.record([outcome(each, "notify"), changed(each, name, binary("data.bin", data(own, 1)))], now=NOW)
        _say("checked", own)
        database.record([outcome(each, "out")], now=NOW)
        _say("pushed", own)
    database.append_log(head(lines=number), [line(str(number))])
    _say("logged", number)
    database.write_document(CLIENT, CONFIG, str(number).encode(), expected=None, by="", now=NOW)
    _say("written", number)


def _say(what: str, number: int) -> None:
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


def main() -> None:
    """Work until the end."""
    module, arguments, first = sys.argv[1:]
    database = Place(module=module, arguments=json.loads(arguments)).open()
    for number in count(int(first)):
        work(database, number)


if __name__ == "__main__":
    main()
