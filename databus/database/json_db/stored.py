"""A queue entry with what its files add to it."""

from collections.abc import Mapping

from msgspec import Struct

from databus.database.json_db.safe_names import safe_name
from databus.database.records import Entry

NO_FILES: Mapping[str, str] = {}
"""Most entries have none; nothing is ever put into it."""


class Moves(Struct, frozen=True, kw_only=True):
    """What is left to do in the folder of attachments after a change of them was recorded.

    Attributes:
        fresh: Attachment name to the file in which its new content waits to take its place.
        obsolete: Files that no attachment uses any more.
    """

    fresh: Mapping[str, str]
    obsolete: tuple[str, ...] = ()


NO_MOVES = Moves(fresh=NO_FILES)


class Stored(Struct, frozen=True, kw_only=True):
    """A queue entry as it is stored.

    Attributes:
        entry: The entry; its lease is the index's matter and may be missing here.
        files: Attachment name to file name, for those attachments whose file has another name than ``safe_name``
            gives, such as those of Databus 8.
        moves: What is not done yet.
    """

    entry: Entry
    files: Mapping[str, str]
    moves: Moves = NO_MOVES

    def file_names(self, attachment: str) -> list[str]:
        """Return the file names under which an attachment may be found, the likeliest first."""
        usual = self.files.get(attachment) or safe_name(attachment)
        fresh = self.moves.fresh.get(attachment)
        return [usual] if fresh is None else [fresh, usual]
