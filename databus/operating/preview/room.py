"""How much of an attachment is shown: what does not fit is cut, and that is told."""

PIECES = 1000
"""Elements, members or cells that are shown."""

LETTERS = 64 * 1024
"""Characters that are shown altogether."""

LONGEST = 500
"""Characters of one piece."""

DEEPEST = 20
"""Pieces within pieces."""


class Room:
    """What is left of the room for one preview.

    Attributes:
        is_cut: Whether something did not fit.
    """

    def __init__(self, pieces: int = PIECES, letters: int = LETTERS) -> None:
        self.is_cut = False
        self._pieces = pieces
        self._letters = letters

    def take_piece(self) -> bool:
        """Take a piece's room; return False where there is none left."""
        self._pieces -= 1
        if self._pieces < 0:
            self.is_cut = True
        return self._pieces >= 0

    def fitted(self, text: str, longest: int = LONGEST) -> str:
        """Return as much of a text as fits, with a mark where it is cut."""
        most = max(0, min(longest, self._letters))
        shown = text[:most]
        self._letters -= len(shown)
        if len(shown) == len(text):
            return text
        self.is_cut = True
        return f"{shown}…"
