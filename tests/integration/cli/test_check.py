"""``databus check`` where a file is not there."""

from pathlib import Path

from tests.integration.cli.conftest import Databus


def test_check_tells_of_a_configuration_that_was_taken_away(databus: Databus, shop: Path) -> None:
    assert databus("drive", "shop").code == 0
    (shop / "config.json").rename(shop / "config.json.bak")
    (shop.parent / "nobody").mkdir()
    answer = databus("check")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "data/json_db/clients/shop/config.json: it is missing: put it back, or remove the client's folder"
    ]
