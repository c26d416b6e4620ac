"""The whole contract is served, and nothing but the contract."""

import inspect

from databus.database.abstract_database import AbstractDatabase
from databus.database.remote.methods import NOT_SERVED, REPEATABLE, served_methods
from databus.database.remote.remote_database import RemoteDatabase

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


def test_what_may_be_repeated_is_of_the_contract_and_does_nothing_twice() -> None:
    assert set(served_methods()) >= REPEATABLE
    assert not REPEATABLE & {"seat", "claim", "record", "purge", "write_document"}


def test_selections_and_streams_are_known_by_their_annotations() -> None:
    assert {name: method.selects for name, method in served_methods().items() if method.selects} == {
        "renew": "claims",
        "record": "outcomes",
    }
    assert [name for name, method in served_methods().items() if method.streams] == ["open_attachment"]
