"""Names of files that are made of what is known about a passenger."""

from posixpath import splitext
from string import Formatter

from databus.passenger.abstract_passenger import AbstractPassenger, utc_of_pull

TEXTS = ("name", "stem", "suffix", "external_id", "internal_id", "source_system")
DATE = "pull_date"
INDEX = "index"


class NameTemplate:
    """A text with placeholders such as ``{name}``.

    Args:
        text: The template.

    Raises:
        ValueError: It has a placeholder that does not exist, or is no template.
    """

    def __init__(self, text: str) -> None:
        self._parts = list(Formatter().parse(text))
        if not text.strip("/ "):
            raise ValueError("the name is empty")
        for _, field, form, conversion in self._parts:
            if field is not None:
                _check(field, form or "", conversion)

    def render(self, passenger: AbstractPassenger, name: str, index: int) -> str:
        """Return the path for one attachment; it may still hold anything that the values hold.

        Args:
            passenger: The passenger.
            name: The attachment's name.
            index: Its place among the attachments, from 1.
        """
        # A folder in an attachment's name becomes a folder, one in an id does not.
        stem, suffix = splitext(name)
        texts = {
            "name": name,
            "stem": stem,
            "suffix": suffix,
            "external_id": passenger.external_id.replace("/", "_"),
            "internal_id": str(passenger.internal_id).replace("/", "_"),
            "source_system": passenger.source_system.replace("/", "_"),
        }
        rendered = []
        for literal, field, form, _ in self._parts:
            rendered.append(literal)
            if field == DATE:
                rendered.append(utc_of_pull(passenger).strftime(form or "%Y-%m-%d"))
            elif field == INDEX:
                rendered.append(format(index, form or ""))
            elif field is not None:
                rendered.append(texts[field])
        return "".join(rendered)


def _check(field: str, form: str, conversion: str | None) -> None:
    if field not in {*TEXTS, DATE, INDEX}:
        known = ", ".join(f"{{{known}}}" for known in (*TEXTS, INDEX, DATE))
        raise ValueError(f"there is no placeholder {{{field}}}; there are {known}")
    if conversion or (form and field in TEXTS):
        raise ValueError(f"{{{field}}} takes no format")
    if field == INDEX:
        format(1, form)
