"""Edits of plug-ins in a configuration leave everything else as its author wrote it."""

import json

import pytest

from databus.client.step_editing import Spot, StepChange, put_step
from databus.errors import ConfigError, DatabusError

TEXT = """{
  "passengers": [
    {
      "name": "a.route",
      "pullers": ["a.puller"],
      "pushers": [
        {"module": "a.pusher", "settings": {"url": "${OUT}", "odd":   1e2}}
      ]
    }
  ]
}
"""


def put(spot: Spot, text: str = TEXT, **change: object) -> str:
    values: dict[str, object] = {"given": {}, **change}
    return put_step(text.encode(), spot, StepChange(**values)).decode()  # type: ignore[arg-type] # tests give what fits


def test_settings_are_written_and_taken_out_where_they_stand() -> None:
    text = put(Spot(0, "pushers", 0), module="a.pusher", given={"mode": "new"}, taken=["odd", "never there"])
    assert text == TEXT.replace('"odd":   1e2', '"mode": "new"')


def test_nothing_changes_where_nothing_is_given() -> None:
    assert put(Spot(0, "pushers", 0), module="a.pusher") == TEXT
    assert put(Spot(0, "pullers", 0), module="a.puller") == TEXT


def test_a_bare_name_becomes_an_entry() -> None:
    text = put(Spot(0, "pullers", 0), module="a.puller", name="in", given={"url": "x"})
    lines = ["{", '  "module": "a.puller",', '  "name": "in",', '  "settings": {', '    "url": "x"', "  }", "}"]
    assert text == TEXT.replace('"a.puller"', "\n      ".join(lines))
    assert put(Spot(0, "pullers", 0), module="another") == TEXT.replace("a.puller", "another")


def test_a_new_one_comes_to_the_end_of_its_list_which_need_not_be_there() -> None:
    text = put(Spot(0, "pushers"), module="b.pusher", given={"url": "y"})
    assert json.loads(text)["passengers"][0]["pushers"][1] == {"module": "b.pusher", "settings": {"url": "y"}}
    assert text.startswith(TEXT[: TEXT.index("}}") + 2])
    text = put(Spot(0, "processors"), module="a.processor")
    assert json.loads(text)["passengers"][0]["processors"] == [{"module": "a.processor"}]


def test_name_and_module_change() -> None:
    text = put(Spot(0, "pushers", 0), module="b.pusher", name="out")
    assert json.loads(text)["passengers"][0]["pushers"][0]["name"] == "out"
    assert json.loads(put(Spot(0, "pushers", 0), text, module="c"))["passengers"][0]["pushers"] == [
        {"module": "c", "settings": {"url": "${OUT}", "odd": 100.0}}
    ]


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    edited = put(Spot(0, "pullers", 0), text, module="a.puller", given={"url": "x"})
    assert edited.startswith("\ufeff{\r\n")
    assert edited.count("\n") == edited.count("\r\n") == text.count("\n") + 5


@pytest.mark.parametrize("spot", [Spot(1, "pullers"), Spot(0, "pullers", 1), Spot(0, "processors", 0)])
def test_a_place_that_is_not_there_is_told(spot: Spot) -> None:
    with pytest.raises(DatabusError, match="is not there"):
        put(spot, module="x")


def test_what_has_another_form_is_not_overwritten() -> None:
    with pytest.raises(DatabusError, match=r"passengers\[0\].pullers must be a list"):
        put(Spot(0, "pullers"), TEXT.replace('["a.puller"]', '"a.puller"'), module="x")
    with pytest.raises(DatabusError, match=r"settings must be an object"):
        put(Spot(0, "pushers", 0), TEXT.replace('{"url"', '"no object", "more": {"url"'), module="x", given={"a": 1})
    with pytest.raises(ConfigError):
        put(Spot(0, "pullers"), "{", module="x")
