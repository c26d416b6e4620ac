"""The whole contract is served, and nothing but the contract."""

import inspect
from io import BytesIO

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.remote.methods import NOT_SERVED, REPEATABLE, served_methods
from databus.database.remote.remote_database import RemoteDatabase
from databus.passenger.attachment import Attachment

CONTRACT = {name for name in vars(AbstractDatabase) if not name.startswith("_")} - {"endpoint_folder"}


def test_every_method_is_served_but_the_life_of_the_database() -> None:
    assert set(served_methods()) == CONTRACT - {"open", "close"}
    assert AbstractDatabase.__abstractmethods__ <= CONTRACT
    assert {"open", "close"} == NOT_SERVED


def test_every_method_is_forwarded_with_the_signature_of_the_contract() -> None:
    assert not RemoteDatabase.__abstractmethods__
    for name in served_methods():
        assert getattr(RemoteDatabase, name) is not getattr(AbstractDatabase, name)
        assert inspect.signature(getattr(RemoteDatabase, name)) == inspect.signature(getattr(AbstractDatabase, name))


def test_what_may_be_repeated_is_of_the_contract_and_does_no_harm_twice() -> None:
    assert set(served_methods()) >= REPEATABLE
    assert not REPEATABLE & {"record", "delete_client", "delete_document"}


def test_a_seat_is_not_repeated_whose_content_would_be_asked_for_twice() -> None:
    seat = served_methods()["seat"]
    foreign = Attachment.from_stream("a", lambda: BytesIO(b"once"))
    assert seat.may_be_repeated({"entries": []}, [Attachment("b", text_content="at hand")])
    assert not seat.may_be_repeated({"entries": []}, [foreign])


@pytest.mark.parametrize(
    ("arguments", "may"),
    [
        ({"expected": None, "backup": False}, True),
        ({"expected": None}, False),
        ({"expected": "v1", "backup": False}, False),
    ],
)
def test_a_document_is_written_again_where_no_check_or_backup_meets_the_first_try(
    arguments: dict[str, object], may: bool
) -> None:
    assert served_methods()["write_document"].may_be_repeated(arguments, []) is may


def test_selections_and_streams_are_known_by_their_annotations() -> None:
    assert {name: method.selects for name, method in served_methods().items() if method.selects} == {
        "renew": "claims",
        "record": "outcomes",
    }
    assert [name for name, method in served_methods().items() if method.streams] == ["open_attachment"]
