"""Exports through the API."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.api.world import World, problem

SERVER = "postgresql://ada:no-answer-shows-this@127.0.0.1:1/databus"


@pytest.fixture
def served(world: World) -> Iterator[World]:
    yield world
    world.site.exports.close(60)


def begin(world: World, target: str) -> Any:
    body = {"clients": ["acme"], "target": {"database": target}}
    answer = world.call("POST", "exports", "rob", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/exports/{answer.json()['id']}"
    return answer.json()


def ended(world: World, export_id: str) -> Any:
    world.site.exports.wait(60)
    return world.get(f"exports/{export_id}", "rob")


def test_an_export_from_beginning_to_manifest(served: World, tmp_path: Path) -> None:
    served.hand_over("1", ("a.txt", b"content"))
    export_id = begin(served, f"json:{tmp_path}/target")["id"]
    done = ended(served, export_id)
    assert (done["state"], done["error"], done["needs_target"]) == ("done", "", False)
    assert [(each["client"], each["entries"], each["attachment_bytes"]) for each in done["results"]] == [("acme", 1, 7)]
    manifest = served.call("GET", f"exports/{export_id}/manifest", "rudi")
    problem(manifest, 403)  # of root, but no administrator
    manifest = served.call("GET", f"exports/{export_id}/manifest", "rob")
    assert hashlib.sha256(manifest.content).hexdigest() == done["sha256"]
    assert [each["id"] for each in served.get("exports", "rob")["exports"]] == [export_id]


def test_again_brings_what_is_new(served: World, tmp_path: Path) -> None:
    export_id = begin(served, f"json:{tmp_path}/target")["id"]
    ended(served, export_id)
    served.hand_over("1")
    assert served.call("POST", f"exports/{export_id}/resume", "rob", json={}).status_code == 202
    (result,) = ended(served, export_id)["results"]
    assert (result["entries"], result["written"]) == (1, 1)


def test_what_failed_shows_no_password_and_has_no_manifest(served: World) -> None:
    export_id = begin(served, SERVER)["id"]
    failed = ended(served, export_id)
    assert (failed["state"], failed["target"]) == ("failed", "postgresql://ada@127.0.0.1:1/databus (schema databus)")
    assert "no-answer-shows-this" not in str(failed)
    problem(served.call("GET", f"exports/{export_id}/manifest", "rob"), 409)
    problem(served.call("POST", f"exports/{export_id}/pause", "rob"), 409)
    other = {"target": {"database": "postgresql://ada@127.0.0.1:1/another"}}
    problem(served.call("POST", f"exports/{export_id}/resume", "rob", json=other), 409)


def test_a_target_is_tested(served: World, tmp_path: Path) -> None:
    good = served.call("POST", "exports/test", "rob", json={"database": f"json:{tmp_path}/new"})
    assert good.json() == {"is_good": True, "text": "It is new: the export makes it."}
    bad = served.call("POST", "exports/test", "rob", json={"database": SERVER}).json()
    assert (bad["is_good"], "no-answer-shows-this" in bad["text"]) == (False, False)
    own = {"module": "databus.database.json_db.json_database", "arguments": {"path": str(tmp_path / "new")}}
    assert served.call("POST", "exports/test", "rob", json=own).json()["is_good"] is True
    assert list(tmp_path.glob("new")) == []


@pytest.mark.parametrize(
    "target", [{}, {"database": "json:here"}, {"database": "x:/y", "module": "z"}, {"module": "not a module"}]
)
def test_what_can_be_no_target(served: World, target: dict[str, Any]) -> None:
    told = problem(served.call("POST", "exports", "rob", json={"target": target}), 422)
    assert told["errors"]


def test_clients_and_exports_that_are_not_there(served: World, tmp_path: Path) -> None:
    body = {"clients": ["nobody"], "target": {"database": f"json:{tmp_path}"}}
    problem(served.call("POST", "exports", "rob", json=body), 404)
    for method, path in (("GET", ""), ("GET", "/manifest"), ("POST", "/pause"), ("POST", "/resume")):
        problem(served.call(method, f"exports/none{path}", "rob", **({"json": {}} if method == "POST" else {})), 404)
