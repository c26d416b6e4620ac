"""What is encoded comes back the same."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import UnionType
from typing import Any, BinaryIO, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from databus.database import records
from databus.database.remote.codec import decoder, encode
from databus.database.remote.wire import pack_message, unpack_message
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue import outcome
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, Restored, StepKind
from tests.unit.database.remote.samples import NOW, new_entry

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
KNOWN: dict[Any, st.SearchStrategy[Any]] = {
    str: ANY_TEXT,
    int: st.integers(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}

PLAIN_RECORDS = [
    records.Route,
    records.Entry,
    records.WholeEntry,
    records.Seated,
    records.Duplicate,
    records.Refused,
    records.Claim,
    records.QueueQuery,
    records.RouteCounts,
    records.LogLine,
    records.LogHead,
    records.LogQuery,
    records.Document,
    records.PurgeRule,
    Restored,
    records.Page[records.Entry],
    records.Page[records.LogHead],
]
WITH_ATTACHMENTS = {records.NewEntry, Outcome, Changes}
PARTS = {records.Step, records.StoredAttachment, records.QueuePurge, records.LogPurge, records.BackupPurge}


def travel(value: object, hint: Any) -> Any:
    contents: list[Attachment] = []
    message = unpack_message(pack_message({"value": encode(value, contents)}))
    return decoder(hint)(message["value"], [Received(a) for a in contents])


class Received:
    def __init__(self, attachment: Attachment) -> None:
        with attachment.open() as stream:
            self.content = stream.read()
        self.size = len(self.content)

    def open(self) -> BinaryIO:
        return BytesIO(self.content)


def strategy(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotated type; ``st.from_type`` knows neither our times nor our texts."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is records.Page:
        return st.builds(records.Page, items=items(arguments[0]), next_cursor=ANY_TEXT)
    if origin is UnionType:
        return st.one_of([strategy(argument) for argument in arguments])
    if origin is tuple:
        return items(arguments[0]) if arguments[-1] is Ellipsis else st.tuples(*map(strategy, arguments))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return st.builds(hint, **{name: strategy(each) for name, each in get_type_hints(hint).items()})
    return KNOWN[hint] if hint in KNOWN else st.from_type(hint)


def items(hint: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy(hint), max_size=3).map(tuple)


@settings(max_examples=30)
@given(st.data())
@pytest.mark.parametrize("hint", PLAIN_RECORDS, ids=str)
def test_every_record_comes_back(hint: Any, data: st.DataObject) -> None:
    value = data.draw(strategy(hint))
    assert travel(value, hint) == value


def test_no_record_is_forgotten() -> None:
    defined = {
        value for module in (records, outcome) for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == module.__name__
    }  # fmt: skip
    shown = {getattr(hint, "__origin__", hint) for hint in PLAIN_RECORDS} - {records.PurgeRule}
    assert defined == shown | WITH_ATTACHMENTS | PARTS
    assert set(get_args(records.PurgeRule)) <= PARTS


@given(st.timedeltas(), st.binary(), ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_plain_values_come_back(lease: timedelta, content: bytes, text: str, versions: dict[str, str]) -> None:
    assert travel(lease, timedelta) == lease
    assert travel(content, bytes) == content
    assert travel(text, str | None) == text
    assert travel(versions, dict[str, str]) == versions
    assert travel(None, str | None) is None


def test_surrogates_that_look_like_a_pair_stay_two() -> None:
    assert travel("\ud83d\ude00", str) == "\ud83d\ude00"


@pytest.mark.parametrize(("value", "hint"), [(1, str), ("1", int), (None, str), (["a"], str), ({}, bool)])
def test_wrong_types_are_refused(value: object, hint: Any) -> None:
    with pytest.raises(TypeError):
        travel(value, hint)


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be sent"):
        encode(object(), [])
    with pytest.raises(TypeError, match="cannot be received"):
        decoder(object)


def test_attachments_of_a_new_entry_travel_with_their_contents() -> None:
    given_ = [Attachment("a.txt", text_content="\ud800x"), Attachment("b", AttachmentFormat.binary, None, b"\0\xff")]
    given_[1].stored_as = "of another entry"
    back = travel(new_entry(1, given_), records.NewEntry)
    assert [(a.name, a.format, a.stored_as) for a in back.attachments] == [
        ("a.txt", AttachmentFormat.text, None),
        ("b", AttachmentFormat.binary, "of another entry"),
    ]
    assert [a.size for a in back.attachments] == [4, 2]
    assert (back.attachments[0].text_content, back.attachments[1].binary_content) == ("\ud800x", b"\0\xff")


def test_what_is_stored_already_does_not_travel() -> None:
    def must_not_be_read() -> BinaryIO:
        raise AssertionError("read")

    kept = Attachment.from_stream("new name.bin", must_not_be_read)
    kept.stored_as = "old name.bin"
    changes = Changes(source_system="s", external_id="e", attachments=[kept, Attachment("new", text_content="1")])
    back = travel(_outcome(changes), Outcome).changes.attachments
    assert [(a.name, a.stored_as, a.text_content) for a in back] == [
        ("new name.bin", "old name.bin", None),
        ("new", None, "1"),
    ]


def test_changes_without_attachments_differ_from_none_left() -> None:
    nothing: tuple[list[Attachment] | None, ...] = (None, [])
    for attachments in nothing:
        changes = Changes(source_system="s", external_id="e", attachments=attachments)
        assert travel(_outcome(changes), Outcome).changes == changes


def test_fields_that_are_unknown_are_refused() -> None:
    data = encode(records.Route(client_id="c", passenger_module="m"), [])
    with pytest.raises((KeyError, TypeError)):
        decoder(records.Route)(data | {"colour": "red"}, [])
    assert {*records.Route.__struct_fields__, "record"} == set(data)


def _outcome(changes: Changes) -> Outcome:
    return Outcome(
        client_id="c",
        internal_id="i",
        kind=StepKind.PUSH,
        name="n",
        result=OutcomeKind.COMPLETE,
        at=NOW,
        changes=changes,
    )
