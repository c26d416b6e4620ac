"""The memory that one large attachment takes on its way through json_db, from a file to a file."""

from collections.abc import Iterator

from bench.figures import Figure, at_most
from bench.sizes import MIB, Sizes
from bench.subject import in_own_process

SECTION = "Memory"


def measure(sizes: Sizes) -> Iterator[Figure]:
    small = in_own_process("large", 1024, folder=sizes.folder)
    large = in_own_process("large", sizes.attachment, folder=sizes.folder)
    name = f"an attachment of {sizes.attachment // MIB:,} MiB"
    yield Figure(
        section=SECTION,
        name=f"json_db, {name} more than one of 1 KiB",
        unit="MiB",
        values=(large["peak_mib"] - small["peak_mib"],),
        target=at_most(128),
    )
    speed = sizes.attachment / MIB / large["seconds"]
    yield Figure(section=SECTION, name=f"{name}, folder to folder", unit="MiB/s", values=(speed,))
