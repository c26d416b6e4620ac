"""Checks JSON attachments against a JSON Schema."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from databus.errors import Reject
from databus.folders.names import matches
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from databus.processor.passenger_document import UnreadableJson, compiled, holds, read_json

if TYPE_CHECKING:  # slow to import, and not needed to read the settings
    from jsonschema.protocols import Validator

MOST_ERRORS = 100
LONGEST_ERROR = 300


class ValidateJsonSettings(BaseModel):
    """Which attachments are checked, and against what."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    json_schema: dict[str, Any] | bool | None = Field(default=None, alias="schema", description="The JSON Schema.")
    schema_file: str | None = Field(default=None, description="A file with the JSON Schema, in place of schema.")
    attachments: list[str] = Field(default=["*.json"], description="Which attachments are checked.", min_length=1)
    required: bool = Field(default=False, description="Reject passengers that have no such attachment.")
    condition: str | None = Field(
        default=None,
        description="A JMESPath expression, as in databus.processor.filter; where it is not true, nothing is checked.",
    )

    @field_validator("condition")
    @classmethod
    def _check_condition(cls, condition: str | None) -> str | None:
        if condition is not None:
            compiled(condition)
        return condition

    @model_validator(mode="after")
    def _check_schema(self) -> "ValidateJsonSettings":
        if (self.json_schema is None) == (self.schema_file is None):
            raise ValueError('give either "schema" or "schema_file"')
        _check(self.loaded_schema())
        return self

    def loaded_schema(self) -> Any:
        """Return the schema, from the file where it is in one.

        Raises:
            ValueError: The file cannot be read, or is not JSON.
        """
        if self.schema_file is None:
            return self.json_schema
        try:
            return json.loads(Path(self.schema_file).expanduser().read_bytes())
        except (OSError, ValueError) as error:
            raise ValueError(f"schema_file {self.schema_file} cannot be read: {error}") from error


class ValidateJson(AbstractProcessor):
    """Rejects passengers whose JSON attachments do not fit a JSON Schema, with the place of everything that is wrong.

    The draft is the one that the schema names in ``$schema``, else the newest; formats such as ``date`` are checked. A
    ``$ref`` must stay within the schema: nothing is fetched from a network. A rejected passenger waits for an operator.
    """

    Settings = ValidateJsonSettings
    settings: ValidateJsonSettings

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Check the attachments of these passengers.

        Raises:
            Reject: The JSON of one does not fit.
        """
        for status in passengers:
            passenger = status.passenger
            if self.settings.condition is not None and not holds(self.settings.condition, passenger):
                self.log.append_text(f"{passenger.id_text} is not checked: the condition is not true of it", __name__)
                continue
            if problems := list(self._problems(passenger)):
                raise Reject("\n".join(_shown(problems)))
            self.log.append_text(f"{passenger.id_text} fits the schema", __name__)

    def _problems(self, passenger: AbstractPassenger) -> Iterator[str]:
        wanted = [each for each in passenger.attachments if matches(each.name, self.settings.attachments)]
        if self.settings.required and not wanted:
            yield f"no attachment is called {' or '.join(self.settings.attachments)}"
        for attachment in wanted:
            try:
                content = read_json(attachment)
            except UnreadableJson as error:
                yield f"{attachment.name}: it is not JSON: {error}"
                continue
            for place, reason in self._misfits(content):
                yield f"{attachment.name}: {place}: {reason}"

    def _misfits(self, content: Any) -> list[tuple[str, str]]:
        from referencing.exceptions import Unresolvable

        try:
            return [(error.json_path, error.message) for error in self._validator.iter_errors(content)]
        except Unresolvable as error:
            raise ValueError(f"the schema refers to {error.ref}, which is not in it") from error
        except RecursionError:
            return [("$", "it is nested too deeply")]

    @cached_property
    def _validator(self) -> "Validator":
        from jsonschema.validators import validator_for
        from referencing import Registry

        schema = self.settings.loaded_schema()
        kind = validator_for(schema)
        registry: Registry[Any] = Registry()
        return kind(schema, registry=registry, format_checker=kind.FORMAT_CHECKER)


def _check(schema: Any) -> None:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"the schema is no JSON Schema: {error.json_path}: {error.message}") from error


def _shown(problems: list[str]) -> Iterable[str]:
    for problem in problems[:MOST_ERRORS]:
        yield problem if len(problem) <= LONGEST_ERROR else problem[:LONGEST_ERROR] + "…"
    if len(problems) > MOST_ERRORS:
        yield f"and {len(problems) - MOST_ERRORS} more"
