"""Where an export is to be written to, as people say it on a page or in a request.

Paths begin at the root: whoever types one does not know in which folder this process runs.
"""

import json
from pathlib import Path

from databus.client.config import is_module_name
from databus.database.engines import JSON_DB, SQL_DB
from databus.errors import ConfigError, Problem
from databus.operating.places import SQL_SCHEMES, Place, place_of

TARGET = "the target"


def folder_place(path: str) -> Place:
    """Return the place of a json_db."""
    return Place(module=JSON_DB, arguments={"path": _from_the_root(path, "folder")})


def file_place(path: str) -> Place:
    """Return the place of a SQLite file."""
    return _checked(Place(module=SQL_DB, arguments={"url": f"sqlite:///{_from_the_root(path, 'file')}"}))


def server_place(url: str, *, password: str = "", schema: str = "") -> Place:
    """Return the place of a database on a SQL server.

    Args:
        url: May have the password in it.
        password: Instead of that one; empty for none.
        schema: Empty for the default.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if url.partition(":")[0].partition("+")[0] not in SQL_SCHEMES:
        raise wrong("URL", "it begins as postgresql://, mariadb://, mysql:// or mssql:// does")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # the text may hold a password: it is not repeated
        raise wrong("URL", "this is no URL such as postgresql://user@host:5432/database") from error
    whole = (parsed.set(password=password) if password else parsed).render_as_string(hide_password=False)
    return _checked(Place(module=SQL_DB, arguments={"url": whole, **({"schema": schema} if schema else {})}))


def engine_place(module: str, arguments: str) -> Place:
    """Return the place of an engine of one's own; its arguments are a JSON object."""
    if not is_module_name(module):
        raise wrong("module", "this is not the dotted name of a Python module, such as one_file_database")
    try:
        parsed = json.loads(arguments or "{}")
    except ValueError as error:  # without the text, which may hold a secret
        raise wrong("arguments", "this is no JSON") from error
    if not isinstance(parsed, dict):
        raise wrong("arguments", 'this is no JSON object, such as {"path": "/srv/everything.db"}')
    return _checked(Place(module=module, arguments=parsed))


def address_place(address: str) -> Place:
    """Return the place of an address as ``databus export --to`` takes it."""
    scheme, _, rest = address.partition(":")
    if scheme == "json":
        return folder_place(rest)
    if scheme == "sqlite" and rest.startswith("///"):
        return file_place(rest.removeprefix("///"))
    return _checked(place_of(address))


def wrong(what: str, reason: str) -> ConfigError:
    """Return the error of a part of what was said."""
    return ConfigError([Problem(TARGET, what, reason)])


def _from_the_root(path: str, what: str) -> str:
    if not Path(path).is_absolute() or "\0" in path:
        raise wrong(what, "write the path from the root of this machine on, such as /srv/databus/json_db")
    return path


def _checked(place: Place) -> Place:
    """Return a place whose arguments say which database is meant."""
    if place.module == SQL_DB:
        place.sql_target()
    elif place.module == JSON_DB and not place.arguments.get("path"):
        raise wrong("arguments", 'json_db needs {"path": "/a/folder"}')
    return place
