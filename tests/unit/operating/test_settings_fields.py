"""Forms for settings: what stands in their fields, and what comes of what is typed."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from databus.errors import DatabusError
from databus.operating.settings_fields import FieldKind, SettingsField, settings_change, settings_fields


class Inner(BaseModel):
    folder: str


class Settings(BaseModel):
    url: str = Field(description="Where to.")
    password: SecretStr = SecretStr("")
    port: int | None = None
    wait: float = 2.5
    mode: Literal["new", "all"] = "new"
    deep: bool = False
    names: list[str] = ["*"]
    pattern: str | list[str] = "*"
    after: Inner | Literal["keep"] = "keep"
    options: dict[str, Any] = Field(default_factory=dict, alias="more")


def fields(**settings: object) -> dict[str, SettingsField]:
    return {each.key: each for each in settings_fields(Settings, settings)}


def changed(typed: dict[str, str], **settings: object) -> tuple[dict[str, object], list[str]]:
    change = settings_change(list(fields(**settings).values()), typed)
    return change.given, change.taken


def test_each_kind_of_setting_has_its_field() -> None:
    kinds = {key: each.kind for key, each in fields().items()}
    assert kinds == {
        "url": FieldKind.TEXT,
        "password": FieldKind.SECRET,
        "port": FieldKind.NUMBER,
        "wait": FieldKind.NUMBER,
        "mode": FieldKind.CHOICE,
        "deep": FieldKind.CHOICE,
        "names": FieldKind.LINES,
        "pattern": FieldKind.FREE,
        "after": FieldKind.FREE,
        "more": FieldKind.JSON,
    }


def test_descriptions_defaults_choices_and_what_is_required_are_known() -> None:
    known = fields()
    assert (known["url"].description, known["url"].is_required, known["wait"].is_required) == ("Where to.", True, False)
    assert [known[key].default for key in ("wait", "mode", "deep", "names", "port")] == [
        "2.5",
        '"new"',
        "false",
        "*",
        "",
    ]
    assert (known["mode"].choices, known["after"].choices) == (['"new"', '"all"'], ["keep"])


ALL: dict[str, object] = {
    "url": "${URL}",
    "password": "${file:/run/secret}",
    "port": "${PORT}",
    "wait": 3,
    "mode": "${MODE}",
    "deep": True,
    "names": ["a", "b"],
    "pattern": ["x", "y"],
    "after": {"folder": "done"},
    "more": {"a": [1]},
}


def test_what_is_not_touched_stays_as_it_is_written() -> None:
    shown = {key: each.value.replace("\n", "\r\n") for key, each in fields(**ALL).items()}
    assert changed(shown, **ALL) == ({}, [])
    odd: dict[str, object] = {"url": 7, "names": ["two\nlines", ""], "deep": None, "more": "${MORE}", "pattern": "[x"}
    assert changed({key: each.value for key, each in fields(**odd).items()}, **odd) == ({}, [])


def test_references_stay_references() -> None:
    shown = fields(**ALL)
    assert [shown[key].value for key in ("url", "password", "port", "mode")] == [
        "${URL}",
        "${file:/run/secret}",
        "${PORT}",
        '"${MODE}"',
    ]
    assert '"${MODE}"' in shown["mode"].choices
    assert changed({"port": "${OTHER}", "wait": "${WAIT}"}) == ({"port": "${OTHER}", "wait": "${WAIT}"}, [])


def test_what_is_typed_becomes_what_is_meant() -> None:
    typed = {
        "url": "x",
        "port": " 22 ",
        "wait": "0.5",
        "mode": '"all"',
        "deep": "true",
        "names": "a\r\n\r\n b \r\n",
        "pattern": '["p"]',
        "after": '{"folder": "f"}',
        "more": '{"a": null}',
    }
    given, taken = changed(typed)
    assert given == {
        "url": "x",
        "port": 22,
        "wait": 0.5,
        "mode": "all",
        "deep": True,
        "names": ["a", "b"],
        "pattern": ["p"],
        "after": {"folder": "f"},
        "more": {"a": None},
    }
    assert taken == []
    assert changed({"names": "[]", "pattern": "[a-z]*", "port": "many"})[0] == {
        "names": [],
        "pattern": "[a-z]*",
        "port": "many",
    }


def test_what_is_emptied_is_taken_out() -> None:
    assert changed({"wait": "", "names": " \r\n", "url": "${URL}"}, **ALL) == ({}, ["wait", "names"])


def test_a_field_for_json_takes_nothing_else() -> None:
    with pytest.raises(DatabusError, match="more is not JSON: line 1, column 7"):
        changed({"more": '{"a": }'})
