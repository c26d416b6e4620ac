"""The whole system through the API: what runs, its end, and the switches of clients."""

from datetime import timedelta

from databus.database.records import Route
from databus.dispatcher.active_drive import ActiveDrive
from databus.dispatcher.client_switch import is_client_off
from databus.timestamps import utc_now
from tests.web.api.world import ROUTE, World, problem


def test_a_client_is_switched_off_and_on(world: World) -> None:
    assert world.call("POST", "system/clients/acme/off", "rob").json()["is_on"] is False
    assert is_client_off(world.database, "acme")
    assert world.get("system/clients/acme", "ron")["is_on"] is False
    assert world.call("POST", "system/clients/acme/on", "rob").json()["is_on"] is True
    assert not is_client_off(world.database, "acme")
    assert "rob of root at the API: switched the client off" in world.audit()
    for path in ("", "/on", "/off"):
        problem(world.call("POST" if path else "GET", f"system/clients/none{path}", "rob"), 404)


def test_leases_are_shown(world: World) -> None:
    world.hand_over("1")
    route = Route(client_id="acme", passenger_module=ROUTE)
    world.database.claim(route, after=0, limit=5, owner="host:1", lease=timedelta(hours=1), now=utc_now())
    (lease,) = world.get("system/clients/acme", "ron")["leases"]
    assert (lease["route"], lease["owner"], lease["passengers"]) == (ROUTE, "host:1", 1)


def test_the_process_that_drives_is_ended(small: World) -> None:
    ended: list[str] = []
    drive = ActiveDrive(client_id="acme", passenger_module=ROUTE, began=None)
    served = World(small.database, shutdown=lambda: ended.append("asked"), drives=lambda: [drive])
    answer = served.call("POST", "system/shutdown", "rob")
    assert (answer.status_code, ended) == (202, ["asked"])
    assert answer.json()["drives"] == [{"client": "acme", "route": ROUTE, "began": None}]
    assert served.get("system", "ron")["can_shut_down"] is True


def test_a_process_that_drives_nothing_is_not_ended(small: World) -> None:
    assert "only shows pages" in problem(small.call("POST", "system/shutdown", "rob"), 409)["detail"]
    assert small.get("system", "ron")["can_shut_down"] is False
