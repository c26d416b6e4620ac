"""Forms for the settings of plug-ins: from the fields of a module to the text that is saved."""

import html
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from databus.web.checks import Checks
from tests.web.administration import ROUTE, Somebody, World, fields, text_of, world
from tests.web.editing import PAGE, as_sent, changed, typed_in

__all__ = ["world"]

FORM = f"{PAGE}/form"
FILES = "databus.puller.files"
PULLER = {"module": FILES, "settings": {"url": "${INBOX}", "when_seated": {"move": "done"}}}
_FIELD = re.compile(r'name="key" value="([^"]+)">.*?name="value"(?: value="([^"]*)")?[^>]*>(.*?)<p class="hint"', re.S)


@pytest.fixture
def ann(world: World) -> Somebody:
    world.write("demo", {**world.config(), "passengers": [{**ROUTE, "pullers": [PULLER]}]})
    return world.enter("demo", "ann")


def ask(somebody: Somebody, world: World, action: str, text: str = "", **values: Any) -> Response:
    """Press a button of the form, with everything that the page holds."""
    version = fields(somebody.get(PAGE))["version"]
    content = as_sent(text or changed(world))
    return somebody.post(FORM, {"version": version, "content": content, "action": action, **values})


def in_form(answer: Response) -> dict[str, str]:
    """Return what stands in the fields of a form."""
    return {key: _value_of(value, inner) for key, value, inner in _FIELD.findall(answer.text)}


def _value_of(value: str, inner: str) -> str:
    chosen = re.search(r'<option value="([^"]*)" selected', inner)
    area = re.match(r"\n(.*?)</textarea>", inner, re.S)
    return html.unescape(chosen[1] if chosen else area[1] if area else value)


def typed(answer: Response, **settings: str) -> dict[str, Any]:
    """Return what the form sends when some of its fields are filled in."""
    values = {**in_form(answer), **settings}
    return {**fields(answer), "module": FILES, "name": "", "key": list(values), "value": list(values.values())}


def put(somebody: Somebody, world: World, spot: str = "0.pullers.0", **settings: str) -> Response:
    answer = ask(somebody, world, "open", spot=spot)
    if not in_form(answer):
        answer = ask(somebody, world, "module", opened=spot, module=FILES)
    return ask(somebody, world, **{**typed(answer, **settings), "action": "put"})


def test_a_form_has_the_fields_of_the_module_with_what_stands_in_the_text(ann: Somebody, world: World) -> None:
    answer = ask(ann, world, "open", spot="0.pullers.0")
    shown = in_form(answer)
    assert (shown["url"], shown["when_seated"], shown["recursive"]) == ("${INBOX}", '{"move": "done"}', "")
    said = text_of(answer)
    assert "url required" in said
    assert "The folder to pull from: a path, or any URL" in said
    assert "as by default (no)" in said
    assert typed_in(answer) == changed(world)
    assert f'<option value="{FILES}">' in answer.text
    assert "databus.puller.file_memory" not in answer.text


def test_what_is_filled_in_is_put_into_the_text_and_saved_as_ever(ann: Somebody, world: World) -> None:
    before = world.content()
    answer = put(ann, world, recursive="true", minimum_age="${AGE:-9}", pattern="*.xml", ignore="a\r\nb")
    puller = json.loads(typed_in(answer))["passengers"][0]["pullers"][0]
    assert "only an administrator of root may refer to something of this server" in text_of(answer)
    assert puller["settings"] == {
        **PULLER["settings"],  # type: ignore[dict-item] # it is a mapping
        "recursive": True,
        "minimum_age": "${AGE:-9}",
        "pattern": "*.xml",
        "ignore": ["a", "b"],
    }
    answer = put(ann, world, recursive="true", pattern="*.xml")
    assert '<span class="added">+            &#34;pattern&#34;: &#34;*.xml&#34;' in answer.text
    assert world.content() == before
    sent = {**fields(answer), "action": "save", "content": typed_in(answer), "confirmed": fields(answer)["previewed"]}
    assert ann.post(PAGE, sent).status_code == 303
    assert world.config()["passengers"][0]["pullers"][0]["settings"]["recursive"] is True
    assert "${INBOX}" in world.content().decode()


def test_a_new_plug_in_comes_to_the_end_and_what_is_wrong_with_it_is_told(ann: Somebody, world: World) -> None:
    answer = ask(ann, world, "open", spot="0.pullers.new")
    assert in_form(answer) == {}
    answer = put(ann, world, "0.pullers.new", url="/in")
    pullers = json.loads(typed_in(answer))["passengers"][0]["pullers"]
    assert pullers == [PULLER, {"module": FILES, "settings": {"url": "/in"}}]
    assert "passengers[0].pullers[1].settings.when_seated: is missing" in text_of(answer)
    assert 'give each a "name" of its own' in text_of(answer)


def test_another_module_leaves_the_settings_of_the_one_before_behind(ann: Somebody, world: World) -> None:
    demo = "databus.puller.demo.demo_puller_1"
    answer = ask(ann, world, "module", opened="0.pullers.0", module=demo)
    assert "takes no settings" in answer.text
    answer = ask(ann, world, "put", opened="0.pullers.0", module=demo)
    assert json.loads(typed_in(answer))["passengers"][0]["pullers"] == [{"module": demo, "settings": {}}]
    assert "no problems" in answer.text


def test_what_cannot_be_put_in_is_told_and_what_was_typed_stays(ann: Somebody, world: World) -> None:
    answer = put(ann, world, options='{"a": }', pattern="*.csv")
    assert answer.status_code == 400
    assert "options is not JSON: line 1, column 7" in text_of(answer)
    assert (in_form(answer)["options"], in_form(answer)["pattern"]) == ('{"a": }', "*.csv")
    assert typed_in(answer) == changed(world)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"spot": "7.pullers.0"}, "passengers[7].pullers[0] is not there"),
        ({"spot": "0.users.0"}, "Choose a plug-in"),
        ({"spot": "0.pullers.0", "text": "{"}, "config.json: line 1, column 2"),
        (
            {"action": "module", "opened": "0.pullers.0", "module": "no.such.module"},
            "no.such.module cannot be imported",
        ),
        ({"action": "module", "opened": "0.pullers.0", "module": "${file:/etc/hostname}"}, "is not the dotted name"),
        ({"action": "module", "opened": "0.pullers.0", "module": "json"}, "must define exactly one public"),
        ({"action": "put", "opened": "0.pullers.new"}, "Choose a module first"),
        ({"action": "put"}, "Choose a plug-in"),
    ],
)
def test_where_there_is_no_form_it_says_why(ann: Somebody, world: World, values: dict[str, str], said: str) -> None:
    answer = ask(ann, world, **{"action": "open", **values})
    assert said in text_of(answer)
    assert in_form(answer) == {}


def test_a_module_that_hangs_hinders_nobody(
    ann: Somebody, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hanging_for_a_form.py").write_text("import time\ntime.sleep(3)\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    object.__setattr__(world.site, "checks", Checks(limit=0.2))
    answer = ask(ann, world, "module", opened="0.pullers.0", module="hanging_for_a_form")
    assert "did not finish importing within 0.2 seconds" in text_of(answer)


MODEL = """
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from databus.puller.abstract_puller import AbstractPuller

class Settings(BaseModel):
    "<script>about</script>"
    model_config = ConfigDict(arbitrary_types_allowed=True)
    secret: SecretStr = Field(description="<script>described</script>")
    {more}

class Puller(AbstractPuller):
    Settings = Settings
    def get_passengers(self): ...
    def pull(self): ...
    def notify_passengers_seated(self, passengers): ...
"""


def test_what_a_plug_in_and_the_text_say_is_shown_as_text_and_secrets_are_hidden(
    ann: Somebody, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_for_a_form.py").write_text(MODEL.format(more="pass"))
    (tmp_path / "plugin_without_form.py").write_text(MODEL.format(more="thing: object = Field(default_factory=object)"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    step = {"module": "plugin_for_a_form", "name": "<img src=x>", "settings": {"secret": '"><script>'}}
    text = changed(world, passengers=[{**ROUTE, "name": "<script>name</script>", "pullers": [step]}])
    answer = ask(ann, world, "open", text, spot="0.pullers.0")
    assert in_form(answer) == {"secret": '"><script>'}
    assert 'type="password"' in answer.text
    for hostile in ("<script>about", "<script>described", "<script>name", "<img src=x"):
        assert hostile not in answer.text
    step["settings"] = {"secret": "${SECRET}"}
    text = changed(world, passengers=[{**ROUTE, "pullers": [step]}])
    assert 'type="password"' not in ask(ann, world, "open", text, spot="0.pullers.0").text


def test_a_form_of_an_older_version_overwrites_nothing(ann: Somebody, world: World) -> None:
    values = {**typed(ask(ann, world, "open", spot="0.pullers.0"), url="/mine"), "action": "put"}
    sent = {**values, "content": changed(world)}
    world.write("demo", {**world.config(), "log_life_span": 99})
    answer = ann.post(FORM, sent)
    assert answer.status_code == 409
    assert "Somebody else has saved" in answer.text
    assert '"/mine"' in typed_in(answer)
    assert world.config()["log_life_span"] == 99


def test_who_comes_back_to_the_address_finds_the_text(ann: Somebody) -> None:
    assert ann.get(FORM).url.path == PAGE
