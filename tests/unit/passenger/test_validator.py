"""Checks of attachments."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat, Validator

ANY_VALIDATOR: Any = Validator


def _renamed(*names: str) -> list[str]:
    attachments = [Attachment(name) for name in names]
    Validator.ensure_all_names_are_unique(attachments)
    return [attachment.name for attachment in attachments]


@pytest.mark.parametrize(
    ("names", "renamed"),
    [
        ([], []),
        (["a.txt", "b.txt"], ["a.txt", "b.txt"]),
        (["a.txt", "a.txt"], ["a.txt", "a (2).txt"]),
        (["a.txt", "a.txt", "a.txt"], ["a.txt", "a (2).txt", "a (3).txt"]),
        (["a.txt", "a (2).txt", "a.txt"], ["a.txt", "a (2).txt", "a (3).txt"]),
        (["a.txt", "a.txt", "a (2).txt"], ["a.txt", "a (3).txt", "a (2).txt"]),
        (["a (2).txt", "a (2).txt", "a.txt", "a.txt"], ["a (2).txt", "a (2) (2).txt", "a.txt", "a (3).txt"]),
        (["README", "README"], ["README", "README (2)"]),
        ([".env", ".env"], [".env", ".env (2)"]),
        (["A.txt", "a.txt"], ["A.txt", "a.txt"]),
    ],
)
def test_the_second_of_a_name_gets_a_number(names: list[str], renamed: list[str]) -> None:
    assert _renamed(*names) == renamed


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "a (2) (2)", "b.txt", "b (2).txt", ""])))
def test_names_are_always_unique_and_first_ones_stay(names: list[str]) -> None:
    renamed = _renamed(*names)
    assert len(set(renamed)) == len(names)
    assert all(renamed[index] == name for index, name in enumerate(names) if name not in names[:index])
    assert _renamed(*renamed) == renamed


def test_thousands_of_one_name_are_no_trouble() -> None:
    assert _renamed(*["a.txt"] * 5000)[-1] == "a (5000).txt"


@pytest.mark.parametrize("arguments", [{"correct": False}, {"p_correct": False}])
def test_same_names_are_refused_where_they_may_not_be_corrected(arguments: dict[str, bool]) -> None:
    attachments = [Attachment("a.txt"), Attachment("a.txt")]
    with pytest.raises(AttachmentError, match=r"'a\.txt'"):
        ANY_VALIDATOR.ensure_all_names_are_unique(attachments, **arguments)
    assert [attachment.name for attachment in attachments] == ["a.txt", "a.txt"]
    ANY_VALIDATOR.ensure_all_names_are_unique(p_attachments=attachments)
    assert [attachment.name for attachment in attachments] == ["a.txt", "a (2).txt"]


def test_one_object_twice_cannot_be_told_apart() -> None:
    attachment = Attachment("a.txt")
    with pytest.raises(AttachmentError, match="twice"):
        Validator.ensure_all_names_are_unique([attachment, attachment])


def test_renaming_keeps_what_is_stored() -> None:
    attachments = [Attachment("a"), Attachment("a")]
    attachments[1].stored_as = "a"
    Validator.ensure_all_names_are_unique(attachments)
    assert attachments[1].stored_as == "a"


def test_sound_attachments_pass_and_get_unique_names() -> None:
    attachments = [Attachment("a"), Attachment("a", AttachmentFormat.binary, binary_content=b"")]
    ANY_VALIDATOR.validate_attachments(p_attachments=attachments)
    assert [attachment.name for attachment in attachments] == ["a", "a (2)"]


def _changed(**attributes: object) -> Attachment:
    attachment = Attachment("a")
    vars(attachment).update(attributes)
    return attachment


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Attachment(""), "not empty"),
        (_changed(name=None), "None"),
        (_changed(format="text"), "AttachmentFormat"),
        (_changed(format=None), "AttachmentFormat"),
        (Attachment("a.bin", AttachmentFormat.binary), r"a\.bin.*no binary_content"),
        ("a.txt", "not str"),
    ],
)
def test_unsound_attachments_are_refused(wrong: Any, says: str) -> None:
    with pytest.raises(AttachmentError, match=says):
        Validator.validate_attachments([wrong])
