"""Client, client passenger and user."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from databus.client.client import Client, ClientError, ClientPassengerError
from databus.client.client_passenger import ClientPassenger
from databus.client.user import Credential, Role, User
from databus.errors import DatabusError, NotFound

ANY_CLIENT: Any = Client
ANY_CLIENT_PASSENGER: Any = ClientPassenger
ANY_CREDENTIAL: Any = Credential
ANY_USER: Any = User


def _days_ago(moment: datetime) -> float:
    return (datetime.now(UTC) - moment) / timedelta(days=1)


def test_a_client_has_defaults_of_its_own() -> None:
    first, second = Client(), Client()
    assert (first.id, first.passengers, first.log_life_span, first.users) == ("Undefined", [], 0, [])
    first.passengers.append(ClientPassenger())
    assert second.passengers == []


def test_a_client_takes_its_arguments_by_position_and_by_either_name() -> None:
    routes, users = [ClientPassenger("p")], [User()]
    for client in (
        Client("c", routes, 3, users),
        Client(id="c", passengers=routes, log_life_span=3, users=users),
        ANY_CLIENT(p_id="c", p_passengers=routes, p_log_life_span=3, p_users=users),
    ):
        assert (client.id, client.passengers, client.log_life_span, client.users) == ("c", routes, 3, users)


def test_root_is_root() -> None:
    assert Client.ROOT == "root"


def test_logs_expire_after_their_life_span() -> None:
    assert _days_ago(Client(log_life_span=3).log_expiry_date) == pytest.approx(3, abs=0.01)


def test_a_route_is_found_by_its_name() -> None:
    wanted = ClientPassenger("b")
    client: Any = Client("c", [ClientPassenger("a"), wanted])
    assert client.get_client_passenger("b") is wanted
    assert client.get_client_passenger(p_name="b") is wanted


def test_an_unknown_route_is_an_error_that_names_both() -> None:
    with pytest.raises(ClientPassengerError, match="Client c does not transport x") as caught:
        Client("c").get_client_passenger("x")
    assert caught.value.message == "Client c does not transport x"
    assert isinstance(caught.value, ClientError | NotFound)


def test_client_errors_are_databus_errors() -> None:
    assert issubclass(ClientError, DatabusError)
    assert issubclass(ClientPassengerError, ClientError)
    assert issubclass(ClientPassengerError, NotFound)
    assert ClientError("no such client").message == "no such client"


def test_a_client_passenger_has_defaults() -> None:
    route = ClientPassenger()
    assert (route.name, route.queue_module, route.sync_frequency, route.queue_life_span) == ("Undefined", "", 0, 0)
    assert (route.puller_modules, route.processor_modules, route.pusher_modules) == ([], [], [])


def test_a_client_passenger_takes_its_arguments_by_position_and_by_either_name() -> None:
    values: dict[str, Any] = {
        "name": "n", "puller_modules": ["a"], "queue_module": "q", "processor_modules": ["b"], "pusher_modules": ["c"],
        "sync_frequency": 1.5, "queue_life_span": 2,
    }  # fmt: skip
    for route in (
        ClientPassenger(*values.values()),
        ClientPassenger(**values),
        ANY_CLIENT_PASSENGER(**{f"p_{name}": value for name, value in values.items()}),
    ):
        assert vars(route) == values


def test_passengers_expire_after_their_life_span() -> None:
    assert _days_ago(ClientPassenger(queue_life_span=2).queue_expiry_date) == pytest.approx(2, abs=0.01)


def test_roles_have_the_values_of_databus_8() -> None:
    assert {role.name: role.value for role in Role} == {"UNDEFINED": 0, "OPERATOR": 1, "ADMINISTRATOR": 2}


def test_a_credential_has_defaults_and_either_names() -> None:
    assert vars(Credential()) == {"username": "Guest", "password": "", "token": ""}
    for credential in (Credential("u", "p", "t"), ANY_CREDENTIAL(p_username="u", p_password="p", p_token="t")):
        assert vars(credential) == {"username": "u", "password": "p", "token": "t"}


def test_a_credential_does_not_show_its_secrets() -> None:
    shown = repr(User(Credential("ada", "hush", "psst")))
    assert "ada" in shown
    assert "hush" not in shown + repr(Credential("ada", "hush", "psst"))


def test_a_user_without_a_role_is_an_operator() -> None:
    assert User().credential.username == "Guest"
    assert User().role is Role.OPERATOR
    assert User(role=Role.UNDEFINED).role is Role.OPERATOR
    credential = Credential("ada")
    user = ANY_USER(p_credential=credential, p_role=Role.ADMINISTRATOR)
    assert (user.credential, user.role) == (credential, Role.ADMINISTRATOR)
