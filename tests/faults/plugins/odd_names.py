"""Passengers with odd names: what is pulled, and what must be pushed, follows from a seed and a number."""

import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.text_bytes import bytes_to_text, text_to_bytes
from databus.testing.samples import ODD_TEXTS

ATTACHMENTS = 3
NAMES = 2 + ATTACHMENTS
"""Names of one passenger: external id, source system, attachments."""

_PARTS = ["..", ".", "", "etc", "passwd", "~", "C:", "a", "config.json", "pqueue", "attachments", "\0"]
_DEVICES = ["CON", "prn", "AUX.txt", "nul", "COM1", "lpt9.tar.gz", "CONIN$", "com¹"]
_OWN = ["passenger.json", ".databus-new-passenger.json", ".databus-1-0", ".damaged", "x~" + "0f" * 16, "index.sqlite3"]
_WORDS = ["Ångström ﬁ", "straße", "İstanbul", "o\u0308", "Order", "ǅ", "Ω\u2126", "한글", "e\u0301\u0327"]


class Settings(BaseModel):
    """Which names, how many passengers, and where to say what happened."""

    seed: int
    passengers: int
    events: str


@dataclass(frozen=True, slots=True)
class Odd:
    """A passenger as it is at some place of its way."""

    number: int
    source_system: str
    external_id: str
    attachments: tuple[tuple[str, AttachmentFormat, bytes], ...]

    @property
    def identity(self) -> tuple[str, str]:
        """What it is known by."""
        return self.source_system, self.external_id


@cache
def pulled(seed: int, number: int) -> list[Odd]:
    """Return the passengers as they are pulled; no two of their names are equal."""
    names = _names(seed)
    return [_odd(index, [next(names) for _ in range(NAMES)]) for index in range(number)]


@cache
def pulled_by_identity(seed: int, number: int) -> dict[tuple[str, str], Odd]:
    """Return the passengers as they are pulled, by what they are known by."""
    return {odd.identity: odd for odd in pulled(seed, number)}


@cache
def processed_by_identity(seed: int, number: int) -> dict[tuple[str, str], Odd]:
    """Return the passengers as they are pushed, by what they are known by then."""
    return {odd.identity: odd for odd in map(processed, pulled(seed, number))}


def _odd(number: int, names: list[str]) -> Odd:
    external_id, source_system, *others = sorted(names, key=lambda name: name == "")  # nobody's external id is empty
    attachments = tuple(
        (name, AttachmentFormat(1 + index % 2), content(number, name)) for index, name in enumerate(others)
    )
    return Odd(number, source_system, external_id, attachments)


def content(number: int, name: str) -> bytes:
    """Return the content of an attachment: its name is in it."""
    return text_to_bytes(f"{number} {name}")


def processed(odd: Odd) -> Odd:
    """Return a passenger as its processor leaves it: names change places, contents and ids change."""
    attachments = list(odd.attachments)
    if odd.number % 3 == 0:
        names = [name for name, _, _ in attachments]
        attachments = [(names[index - 1], format, data) for index, (_, format, data) in enumerate(attachments)]
    if odd.number % 4 == 0:
        name, format, data = attachments[0]
        attachments[0] = (name, format, data + b" changed")
    external_id = odd.external_id + ("\0/../x\udc80" if odd.number % 5 == 0 else "")
    return Odd(odd.number, odd.source_system, external_id, tuple(attachments))


def seen(number: int, passenger: AbstractPassenger) -> Odd:
    """Return a passenger as it is."""
    attachments = []
    for each in passenger.attachments:
        with each.open() as stream:
            attachments.append((each.name, each.format, stream.read()))
    return Odd(number, str(passenger.source_system), str(passenger.external_id), tuple(attachments))


def attachments_of(odd: Odd) -> list[Attachment]:
    """Return the attachments of a passenger."""
    return [
        Attachment(name, format, text_content=bytes_to_text(data))
        if format is AttachmentFormat.text
        else Attachment(name, format, binary_content=data)
        for name, format, data in odd.attachments
    ]


def _names(seed: int) -> Iterator[str]:
    """Yield names, each once; those that are nearly equal follow one another."""
    chance = random.Random(seed)
    given = set()
    while True:
        for name in _variants(_name(chance), chance):
            if name not in given:
                given.add(name)
                yield name


def _name(chance: random.Random) -> str:
    number = str(chance.randrange(1000))
    kinds: list[Callable[[], str]] = [
        lambda: chance.choice([*ODD_TEXTS.values(), ""]),
        lambda: chance.choice(["/", "\\"]).join(chance.choices(_PARTS, k=chance.randrange(1, 9))),
        lambda: chance.choice(_DEVICES) + chance.choice(["", " ", ".", number]),
        lambda: chance.choice(_OWN) + chance.choice(["", number]),
        lambda: chance.choice(_WORDS) + number,
        lambda: (chance.choice(["x", "漢", "\U0001f69a", "\u202e"]) + number) * 300,
        lambda: "".join(_character(chance) for _ in range(chance.randrange(1, 300))),
    ]
    return chance.choice(kinds)()


def _character(chance: random.Random) -> str:
    return chr(chance.choice([chance.randrange(0x300), chance.randrange(0x110000)]))


def _variants(name: str, chance: random.Random) -> list[str]:
    variants = [
        name,
        name.upper(),
        name.lower(),
        *(unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC")),
        f"{name} ",
        f"{name}.",
        f"{name}\n",
        f" {name}",
    ]
    return variants[: chance.randrange(1, len(variants) + 1)]
