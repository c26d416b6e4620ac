"""The ready-made processors."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from databus.errors import Reject
from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat
from databus.passenger.email import Email
from databus.plugin import load_plugin
from databus.pqueue.queue_status import PassengerQueueStatus, ProcessorQueueStatus, PusherQueueStatus, QueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from databus.processor.email_filter_excel_attachment import EmailFilterExcelAttachment
from databus.processor.filter import Filter, FilterSettings
from databus.processor.passenger_document import document
from databus.processor.unzip import Unzip, UnzipSettings
from databus.processor.validate_json import ValidateJson, ValidateJsonSettings

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "on": {"type": "string", "format": "date"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
    },
}


def _mail(**contents: bytes | str | dict[str, Any]) -> PassengerQueueStatus:
    mail = Email("7", source_system="mail")
    for name, content in contents.items():
        raw = json.dumps(content) if isinstance(content, dict) else content
        mail.attachments.append(
            Attachment(name, AttachmentFormat.binary, binary_content=raw)
            if isinstance(raw, bytes)
            else Attachment(name, text_content=raw)
        )
    incomplete = QueueStatus.incomplete
    return PassengerQueueStatus(
        mail, [PusherQueueStatus("p", incomplete)], [ProcessorQueueStatus("q", incomplete)], puller_notified=True
    )


def _named(contents: dict[str, Any]) -> PassengerQueueStatus:
    return _mail(**contents)


@pytest.mark.parametrize(
    ("module", "plugin"),
    [
        ("databus.processor.unzip", Unzip),
        ("databus.processor.filter", Filter),
        ("databus.processor.validate_json", ValidateJson),
        ("databus.processor.email_filter_excel_attachment", EmailFilterExcelAttachment),
    ],
)
def test_they_are_plug_ins(module: str, plugin: type[AbstractProcessor]) -> None:
    assert load_plugin(module, AbstractProcessor) is plugin
    model = plugin.Settings
    assert model is None or all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("names", "travels"),
    [(["a.xlsx"], True), (["A.XLS"], True), (["a.csv", "xlsx"], False), ([], False), (["_body.txt", "b.xls"], True)],
)
def test_only_mails_with_excel_files_travel_on(names: list[str], travels: bool) -> None:
    status = _named(dict.fromkeys(names, b""))
    EmailFilterExcelAttachment().process([status])
    assert status.status is (QueueStatus.incomplete if travels else QueueStatus.complete)


@pytest.mark.parametrize(
    ("expression", "travels"),
    [
        ("external_id == '7'", True),
        ("source_system == 'SAP'", False),
        ("attachments[?ends_with(name, '.xml')]", False),
        ("attachments[?ends_with(name, '.pdf')]", True),
        ("attachments[?format == 'binary'].size | [0] == `3`", True),
        ("attachments[?name == '_props.json'].json | contains([0].subject, 'invoice')", True),
        ("attachments[?json.total > `1000`]", False),
        ("attachments[?json.total > `10`]", True),
        ("attachments[?name == 'bad.json'].json | [0]", False),
        ("`0`", True),
        ("`{}`", False),
        ("nothing", False),
    ],
)
def test_filter(expression: str, travels: bool) -> None:
    contents = {"_props.json": {"subject": "an invoice", "total": 99}, "a.pdf": b"PDF", "bad.json": "{"}
    status = _named(contents)
    plugin = Filter()
    plugin.settings = FilterSettings(expression=expression)
    plugin.process([status])
    assert status.status is (QueueStatus.incomplete if travels else QueueStatus.complete)
    assert ("goes no further" in plugin.log.entries_as_string) is not travels


def test_filter_errors() -> None:
    with pytest.raises(ValidationError, match="it is no JMESPath expression"):
        FilterSettings(expression="a[")
    plugin = Filter()
    plugin.settings = FilterSettings(expression="contains(`1`, 'x')")
    with pytest.raises(ValueError, match=r"cannot be answered for mail - 7"):
        plugin.process([_mail()])


def test_sizes_of_streams_are_counted() -> None:
    status = _mail()
    status.passenger.attachments.append(Attachment.from_stream("a", lambda: io.BytesIO(b"12345")))
    assert document(status.passenger)["attachments"] == [{"name": "a", "format": "binary", "size": 5, "json": None}]


def _zip(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_unzip() -> None:
    status = _named({"x.zip": _zip(**{"a/b.xml": "<b/>", "c.pdf": "PDF"}), "d.txt": "D"})
    Unzip().process([status])
    assert [attachment.name for attachment in status.passenger.attachments] == ["b.xml", "c.pdf", "d.txt"]


def test_unzip_settings() -> None:
    plugin = Unzip()
    plugin.settings = UnzipSettings(extensions=["xml"])
    status = _named({"x.zip": _zip(**{"a/b.xml": "<b/>", "c.pdf": "PDF"})})
    plugin.process([status])
    assert [attachment.name for attachment in status.passenger.attachments] == ["b.xml"]
    plugin.settings = UnzipSettings(max_files=1)
    with pytest.raises(AttachmentError, match=r"mail - 7 .*too many files"):
        plugin.process([_named({"x.zip": _zip(a="1", b="2")})])


def test_unzip_leaves_a_broken_archive_as_it_is() -> None:
    status = _named({"x.zip": b"no archive"})
    with pytest.raises(AttachmentError, match="cannot be unpacked"):
        Unzip().process([status])
    assert [attachment.name for attachment in status.passenger.attachments] == ["x.zip"]


def _validate(settings: dict[str, Any], status: PassengerQueueStatus) -> None:
    plugin = ValidateJson()
    plugin.settings = ValidateJsonSettings.model_validate(settings)
    plugin.process([status])


def test_validate_json_accepts(tmp_path: Path) -> None:
    good = _named({"a.json": {"id": 1, "on": "2026-01-31", "items": [{"price": 1.5}]}, "b.txt": "no JSON"})
    _validate({"schema": ORDER}, good)
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    _validate({"schema_file": str(tmp_path / "order.json")}, good)
    _validate({"schema": True}, good)
    utf_16 = _mail()
    utf_16.passenger.attachments.append(
        Attachment("a.json", AttachmentFormat.binary, binary_content='{"id": 1}'.encode("utf-16"))
    )
    _validate({"schema": ORDER}, utf_16)


def test_validate_json_rejects_with_all_places() -> None:
    bad = _named({"a.json": {"on": "soon", "items": [{}, {"price": "x"}]}, "b.json": "{", "c.json": '{"id": NaN}'})
    with pytest.raises(Reject) as caught:
        _validate({"schema": ORDER}, bad)
    lines = caught.value.reason.splitlines()
    assert lines[0] == "a.json: $: 'id' is a required property"
    assert "a.json: $.on: 'soon' is not a 'date'" in lines
    assert "a.json: $.items[1].price: 'x' is not of type 'number'" in lines
    assert lines[-2].startswith("b.json: it is not JSON: ")
    assert lines[-1] == "c.json: it is not JSON: NaN is not JSON"


def test_validate_json_bounds_what_it_says() -> None:
    with pytest.raises(Reject) as caught:
        _validate(
            {"schema": {"properties": {"x": {"items": {"type": "number"}}}}},
            _named({"a.json": {"x": ["y" * 999] * 500}}),
        )
    assert len(caught.value.reason) < 50_000
    assert caught.value.reason.endswith("and 400 more")


def test_validate_json_of_deep_nesting() -> None:
    with pytest.raises(Reject, match="not JSON: it is nested too deeply"):
        _validate({"schema": ORDER}, _named({"a.json": "[" * 200_000}))


def test_validate_json_chooses() -> None:
    bad = {"a.json": {}, "b.json": {"id": 1}}
    _validate({"schema": ORDER, "attachments": ["b*"]}, _named(bad))
    _validate({"schema": ORDER, "condition": "source_system == 'SAP'"}, _named(bad))
    _validate({"schema": ORDER}, _named({"a.txt": "x"}))
    with pytest.raises(Reject, match=r"no attachment is called \*\.json"):
        _validate({"schema": ORDER, "required": True}, _named({"a.txt": "x"}))


def test_validate_json_fetches_nothing() -> None:
    schema = {"$ref": "http://localhost:9/schema.json"}
    with pytest.raises(ValueError, match=r"refers to http://localhost:9/schema\.json, which is not in it"):
        _validate({"schema": schema}, _named({"a.json": {}}))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "either"),
        ({"schema": {}, "schema_file": "x"}, "either"),
        ({"schema": {"type": "nothing"}}, "no JSON Schema"),
        ({"schema_file": "/missing.json"}, "cannot be read"),
        ({"schema": {}, "condition": "a["}, "no JMESPath"),
        ({"schema": {}, "colour": 1}, "colour"),
        ({"schema": {}, "attachments": []}, "attachments"),
    ],
)
def test_validate_json_settings(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ValidateJsonSettings.model_validate(settings)
