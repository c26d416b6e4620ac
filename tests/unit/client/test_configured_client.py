import json

from databus.client.config_loader import load_config
from databus.client.configured_client import ConfiguredPassenger, to_client
from databus.client.user import Role

DOCUMENT = {
    "log_life_span": 2,
    "passengers": [
        {
            "name": "demo.route",
            "pullers": ["demo.puller", {"module": "demo.puller", "name": "second"}],
            "processors": ["demo.processor"],
            "pushers": ["demo.pusher"],
            "sync_frequency": 0.5,
            "queue_life_span": 3,
        }
    ],
    "users": [
        {"username": "ada", "password": "pw", "role": "administrator", "token": "t"},
        {"username": "bob", "role": "operator"},
    ],
}


def test_a_client_has_what_plug_ins_of_databus_8_know() -> None:
    config = load_config(json.dumps(DOCUMENT).encode(), file="x", environ={}, check_plugins=False).config
    client = to_client("demo", config)
    (passenger,) = client.passengers
    assert (client.id, client.log_life_span) == ("demo", 2)
    assert client.get_client_passenger("demo.route") is passenger
    assert passenger.puller_modules == ["demo.puller", "demo.puller"]
    assert (passenger.processor_modules, passenger.pusher_modules) == (["demo.processor"], ["demo.pusher"])
    assert (passenger.queue_module, passenger.sync_frequency) == ("databus.pqueue.primal_queue", 0.5)
    assert (passenger.queue_life_span, type(passenger.queue_life_span)) == (3, int)
    assert isinstance(passenger, ConfiguredPassenger)
    assert passenger.config is config.passengers[0]


def test_its_users_have_their_credentials_and_roles() -> None:
    config = load_config(json.dumps(DOCUMENT).encode(), file="x", environ={}, check_plugins=False).config
    ada, bob = to_client("demo", config).users
    assert (ada.credential.username, ada.credential.password, ada.credential.token) == ("ada", "pw", "t")
    assert (ada.role, bob.role) == (Role.ADMINISTRATOR, Role.OPERATOR)
    assert (bob.credential.password, bob.credential.token) == ("", "")
