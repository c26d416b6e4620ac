"""Options, environment, databus.toml, defaults: in this order."""

import sys
from pathlib import Path

import pytest

from databus.cli.failing import WrongUsage
from databus.cli.where import ENVIRONMENT, Given, resolve, resolve_target
from databus.database.engines import JSON_DB, SQL_DB
from databus.errors import ConfigError, StoreUnreachable


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


def test_the_default_is_json_db_below_the_working_directory(tmp_path: Path) -> None:
    where = resolve(Given())
    assert where.data == tmp_path / "data"
    assert (where.module, where.arguments) == (JSON_DB, {"path": str(tmp_path / "data" / "json_db")})
    assert str(where) == str(tmp_path / "data" / "json_db")


def test_options_precede_environment_precedes_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("databus.toml").write_text('data = "from_file"', encoding="utf-8")
    assert resolve(Given()).data == tmp_path / "from_file"
    monkeypatch.setenv("DATABUS_DATA", "from_environment")
    assert resolve(Given()).data == tmp_path / "from_environment"
    assert resolve(Given(data="from_option")).data == tmp_path / "from_option"


def test_the_option_that_was_given_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"^--to: foo://… is no database"):
        resolve_target(Given(database="foo://x"), resolve(Given()))
    with pytest.raises(WrongUsage, match=r"^--database: foo://… is no database"):
        resolve(Given(database="foo://x"))


def test_json_url(tmp_path: Path) -> None:
    assert resolve(Given(database="json:here")).arguments == {"path": str(tmp_path / "here")}


def test_an_engine_with_arguments() -> None:
    where = resolve(Given(database_module="acme.engine", database_arguments='{"host": "db"}'))
    assert (where.module, where.arguments, where.json_folder) == ("acme.engine", {"host": "db"}, None)


def test_arguments_of_another_database_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABUS_DATABASE_MODULE", "acme.engine")
    monkeypatch.setenv("DATABUS_DATABASE_ARGUMENTS", '{"host": "db"}')
    assert resolve(Given()).arguments == {"host": "db"}
    assert set(resolve(Given(database="json:here")).arguments) == {"path"}


def test_arguments_beside_no_database_belong_to_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABUS_DATABASE_ARGUMENTS", '{"password": "secret"}')
    assert resolve(Given(database_module="acme.engine")).arguments == {"password": "secret"}


def test_a_table_of_arguments() -> None:
    Path("databus.toml").write_text('database_module = "a.b"\n[database_arguments]\nport = 1', encoding="utf-8")
    assert resolve(Given()).arguments == {"port": 1}


def test_all_that_is_wrong_in_the_file_is_told_at_once() -> None:
    Path("databus.toml").write_text('colour = "red"\ndata = 7\ndatabase_arguments = 1', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        resolve(Given())
    assert [problem.path for problem in caught.value.problems] == ["colour", "data", "database_arguments"]


def test_a_file_that_is_no_toml() -> None:
    Path("databus.toml").write_text("data =", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"databus\.toml: this is not TOML"):
        resolve(Given())


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////x.db",
        "mssql://sa@server/db",
        "mssql+pymssql://sa@s/db",
        "postgresql://h/d",
        "mariadb://h/d",
        "mysql://h/d",
    ],
)
def test_urls_of_sql_databases(url: str) -> None:
    where = resolve(Given(database=url))
    assert (where.module, where.arguments) == (SQL_DB, {"url": url})


def test_a_sql_database_is_named_without_its_password() -> None:
    assert str(resolve(Given(database="postgresql://ada:secret@host/db?password=hidden"))) == (
        "postgresql://ada@host/db (schema databus)"
    )


def test_an_address_that_is_none_is_not_repeated() -> None:
    with pytest.raises(WrongUsage) as caught:
        resolve(Given(database="oracle://ada:secret@host/db"))
    assert "oracle" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_file_of_sqlite_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = resolve(Given(database="sqlite:///a/x.db"))
    monkeypatch.chdir("/")
    assert where.sqlite_file == tmp_path / "a" / "x.db"
    assert str(where) == str(tmp_path / "a" / "x.db")
    with pytest.raises(StoreUnreachable, match="databus init"):
        where.check_exists()
    where.make_folder()
    assert (tmp_path / "a").is_dir()


def test_a_sqlite_database_without_a_file_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="needs a file"):
        resolve(Given(database="sqlite://")).check_exists()


@pytest.mark.parametrize(
    "given",
    [
        Given(database="nonsense"),
        Given(database="json:"),
        Given(database="json:a", database_module="b"),
        Given(database_module="b", database_arguments="{"),
        Given(database_module="b", database_arguments="[]"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(given: Given) -> None:
    with pytest.raises(WrongUsage):
        resolve(given)


def test_plug_ins_are_found_here_and_in_the_data_folder(tmp_path: Path) -> None:
    resolve(Given(data="d"))
    assert sys.path[-2:] == [str(tmp_path), str(tmp_path / "d" / "plugins")]


def test_a_typing_error_makes_no_new_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="databus init"):
        resolve(Given(data="dta")).check_exists()
    assert list(tmp_path.iterdir()) == []
