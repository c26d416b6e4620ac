"""The form in which a target is named: one for each kind of engine."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends, Form

from databus.database.engines import JSON_DB
from databus.errors import ConfigError
from databus.operating.export_records import ExportRecord
from databus.operating.places import Place
from databus.operating.target_places import engine_place, file_place, folder_place, server_place, wrong

Text = Annotated[str, Form(max_length=4000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetForm:
    """What somebody has typed; a password never goes back to a page."""

    engine: str = "json"
    folder: str = ""
    file: str = ""
    url: str = ""
    password: str = ""
    schema: str = ""
    module: str = ""
    arguments: str = ""

    def place(self) -> Place:
        """Return the place that is meant.

        Raises:
            ConfigError: It cannot be one; the text says what to write.
        """
        if self.engine not in KINDS:
            raise wrong("engine", f"there is {', '.join(KINDS)}")
        return KINDS[self.engine].place(self)

    @property
    def kind(self) -> "Kind":
        """The chosen kind of engine."""
        return KINDS.get(self.engine, KINDS["json"])

    def shown(self) -> "TargetForm":
        """Return what may stand in a page: neither passwords nor what may hold one."""
        try:
            place = self.place()
            hides = bool(place.secrets() - {self.password})
        except ConfigError:
            hides = "@" in self.url or bool(self.arguments)
        return replace(self, password="", **({"url": "", "arguments": ""} if hides else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of engine.

    Attributes:
        label: Its name for people.
        place: Makes a place of what was typed.
        example: Of a path or URL.
        has_schema: Whether a schema can be chosen on its servers.
    """

    label: str
    place: Callable[[TargetForm], Place]
    example: str
    is_server: bool = False
    has_schema: bool = False


def _of_server(form: TargetForm) -> Place:
    return server_place(form.url.strip(), password=form.password, schema=form.schema.strip())


KINDS: Final = {
    "json": Kind(label="Folder", place=lambda form: folder_place(form.folder), example="/srv/databus/json_db"),
    "sqlite": Kind(label="SQLite", place=lambda form: file_place(form.file), example="/srv/databus/databus.db"),
    "postgresql": Kind(
        label="PostgreSQL",
        place=_of_server,
        example="postgresql://user@host:5432/database",
        is_server=True,
        has_schema=True,
    ),
    "mariadb": Kind(
        label="MariaDB, MySQL", place=_of_server, example="mariadb://user@host:3306/database", is_server=True
    ),
    "mssql": Kind(
        label="SQL Server", place=_of_server, example="mssql://user@host:1433/database", is_server=True, has_schema=True
    ),
    "own": Kind(
        label="Another engine",
        place=lambda form: engine_place(form.module.strip(), form.arguments),
        example='{"path": "/srv/everything.db"}',
    ),
}


def target_form(
    engine: Text = "json",
    folder: Text = "",
    file: Text = "",
    url: Text = "",
    password: Text = "",
    schema_name: Text = "",
    module: Text = "",
    arguments: Annotated[str, Form(max_length=100_000)] = "",
) -> TargetForm:
    """Return what was typed."""
    return TargetForm(
        engine=engine,
        folder=folder,
        file=file,
        url=url,
        password=password,
        schema=schema_name,
        module=module,
        arguments=arguments,
    )


Typed = Annotated[TargetForm, Depends(target_form)]


def form_of(record: ExportRecord) -> TargetForm:
    """Return a form with all that is known of an export's target: the rest must be typed again."""
    if record.module == JSON_DB:
        return TargetForm(engine="json", folder=record.target)
    address, _, schema = record.target.removesuffix(")").partition(" (schema ")
    scheme = address.partition(":")[0]
    engine = {"mysql": "mariadb"}.get(scheme, scheme)
    if engine in KINDS and KINDS[engine].is_server:
        return TargetForm(engine=engine, url=address, schema=schema)
    return TargetForm(engine="own", module=record.module)
