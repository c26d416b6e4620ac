"""Exports from the page: what is copied, how they pause, fail and are taken up, also by another process."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from databus.database.export.documents import JOBS
from databus.database.records import LogQuery
from databus.operating.export_records import ExportState
from tests.web.exporting import Exporting
from tests.web.world import ENTRY, HOSTILE, ROOT_ADMINISTRATOR, World

PASSWORD = "no page shows this"
SERVER = {"engine": "postgresql", "url": "postgresql://ada@127.0.0.1:1/databus", "password": PASSWORD}
"""A server that refuses at once."""


@pytest.fixture
def exporting(world: World, tmp_path: Path) -> Iterator[Exporting]:
    yield Exporting(world, tmp_path)
    world.site.exports.close(60)


def again(exporting: Exporting) -> None:
    """Let another process serve the pages, as after a restart."""
    exporting.world.serve(exporting.world.database)
    exporting.browser = exporting.world.browser(ROOT_ADMINISTRATOR)


def audited(world: World) -> str:
    heads = world.database.find_logs(LogQuery(client_id="root")).items
    return "\n".join(line.message for head in heads for line in world.database.read_log("root", head.guid)[1])


def test_an_export_is_done_verified_and_has_its_manifest(exporting: Exporting) -> None:
    export_id = exporting.begin("acme", "other")
    record = exporting.ended(export_id)
    assert (record.state, record.error) == (ExportState.DONE, "")
    assert [(each.client_id, each.entries, each.written) for each in record.results] == [
        ("acme", 1, 1),
        ("other", 1, 1),
    ]
    assert "Verified: everything is there" in exporting.look(export_id)
    manifest = exporting.browser.get("/export/manifest", params={"id": export_id})
    assert hashlib.sha256(manifest.content).hexdigest() == record.sha256
    assert set(manifest.json()["clients"]) == {"acme", "other"}
    assert "attachment" in manifest.headers["content-disposition"]
    with closing(exporting.opened_target()) as target:
        assert [entry.internal_id for entry in target.load("acme", [ENTRY])] == [ENTRY]
        assert set(target.clients()) == {"acme", "other"}
    said = audited(exporting.world)
    assert f"at the web page: began the export of acme, other to {exporting.target}" in said
    assert f"the export to {exporting.target} is done" in said


def test_without_a_client_all_are_exported_also_root_that_keeps_the_record_of_it(exporting: Exporting) -> None:
    record = exporting.ended(exporting.begin())
    assert (record.state, record.error) == (ExportState.DONE, "")
    with closing(exporting.opened_target()) as target:
        assert set(target.clients()) == {"acme", "other", "root"}
        assert [each.name for each in target.list_documents("root") if each.name.startswith(JOBS)] == []


def test_an_export_pauses_and_goes_on(exporting: Exporting) -> None:
    claims = exporting.drive()
    export_id = exporting.begin("acme")
    assert "Under way" in exporting.look(export_id)
    part = exporting.browser.get("/export/job/part", params={"id": export_id})
    assert part.status_code == 200
    assert exporting.post("/export/pause", id=export_id).status_code == 303
    record = exporting.ended(export_id)
    assert record.state is ExportState.PAUSED
    assert "Paused" in exporting.look(export_id)
    part = exporting.browser.get("/export/job/part", params={"id": export_id})
    assert part.headers["hx-refresh"] == "true"
    exporting.end_drive(claims)
    assert exporting.resume(export_id).status_code == 303
    assert exporting.ended(export_id).state is ExportState.DONE


def test_one_export_at_a_time(exporting: Exporting) -> None:
    claims = exporting.drive()
    export_id = exporting.begin("acme")
    form = {"engine": "json", "folder": str(exporting.folder / "elsewhere"), "on_conflict": "stop"}
    refused = exporting.post("/export", **form)
    assert (refused.status_code, "Another export is running" in refused.text) == (409, True)
    assert exporting.resume(export_id).status_code == 409
    exporting.end_drive(claims)
    assert exporting.ended(export_id).state is ExportState.DONE
    assert exporting.post("/export/pause", id=export_id).status_code == 400


def test_what_ended_with_its_process_is_taken_up_by_the_next(exporting: Exporting) -> None:
    claims = exporting.drive()
    export_id = exporting.begin("acme")
    exporting.world.site.exports.close(60)
    assert exporting.world.site.exports.get(export_id).state is ExportState.INTERRUPTED
    again(exporting)
    assert "The process that ran it has ended" in exporting.look(export_id)
    exporting.end_drive(claims)
    assert exporting.resume(export_id).status_code == 303
    assert exporting.ended(export_id).state is ExportState.DONE


def test_what_a_killed_process_has_left_counts_as_interrupted(exporting: Exporting) -> None:
    done = exporting.ended(exporting.begin("acme"))
    name = f"{JOBS}{done.id}"
    left = msgspec.json.encode(replace(done, state=ExportState.RUNNING))
    exporting.world.database.write_document("root", name, left, expected=None, by="", now=exporting.world.now)
    again(exporting)
    assert exporting.world.site.exports.get(done.id).state is ExportState.INTERRUPTED
    assert exporting.resume(done.id).status_code == 303
    assert exporting.ended(done.id).state is ExportState.DONE


def test_another_process_sees_it_run_and_can_pause_it(exporting: Exporting) -> None:
    exporting.drive()
    export_id = exporting.begin("acme")
    first = exporting.world.site.exports
    again(exporting)
    assert "Under way" in exporting.look(export_id)
    assert exporting.post("/export/pause", id=export_id).status_code == 303
    first.wait(60)
    assert exporting.world.site.exports.get(export_id).state is ExportState.PAUSED


def test_what_the_target_has_of_its_own_is_named_and_another_rule_goes_on(exporting: Exporting) -> None:
    export_id = exporting.begin("acme")
    exporting.ended(export_id)
    with closing(exporting.opened_target()) as target:
        target.write_document("acme", "state/own", b"theirs", expected=None, by="", now=exporting.world.now)
    exporting.world.database.write_document("acme", "state/own", b"ours", expected=None, by="", now=exporting.world.now)
    exporting.resume(export_id)
    record = exporting.ended(export_id)
    assert (record.state, record.conflict_count) == (ExportState.FAILED, 1)
    assert "state/own" in record.conflicts[0]
    assert "state/own" in exporting.look(export_id)
    exporting.resume(export_id, on_conflict="replace")
    assert exporting.ended(export_id).state is ExportState.DONE
    with closing(exporting.opened_target()) as target:
        assert target.read_document("acme", "state/own").content == b"ours"


def test_a_password_is_nowhere_and_asked_for_again_after_a_restart(exporting: Exporting) -> None:
    export_id = exporting.begin("acme", **SERVER)
    record = exporting.ended(export_id)
    assert (record.state, record.arguments) == (ExportState.FAILED, None)
    assert not exporting.world.site.exports.needs_target(record)
    again(exporting)
    page = exporting.look(export_id)
    assert "give the target once more" in page
    assert exporting.resume(export_id).status_code == 400
    other = exporting.resume(export_id, **{**SERVER, "url": "postgresql://ada@127.0.0.1:1/another"})
    assert "another target" in other.text
    assert exporting.resume(export_id, **SERVER).status_code == 303
    exporting.ended(export_id)
    world = exporting.world
    documents = [each.name for each in world.database.list_documents("root")]
    stored = [world.database.read_document("root", name).content.decode() for name in documents]
    pages = [exporting.look(export_id), exporting.browser.get("/export").text, audited(world), *stored, other.text]
    assert [each for each in pages if PASSWORD in each] == []


def test_a_refused_form_keeps_what_was_typed_but_no_password(exporting: Exporting) -> None:
    refused = exporting.post("/export", **{**SERVER, "clients": ["none"], "on_conflict": "skip", "wait": "7"})
    assert refused.status_code == 404
    assert 'value="postgresql://ada@127.0.0.1:1/databus"' in refused.text
    assert 'value="7"' in refused.text
    assert PASSWORD not in refused.text
    inside = exporting.post("/export", engine="postgresql", url=f"nothing://ada:{PASSWORD}@h/d", on_conflict="stop")
    assert (inside.status_code, PASSWORD in inside.text) == (400, False)


def test_hostile_names_stand_in_the_page_as_text(exporting: Exporting) -> None:
    target = exporting.folder / HOSTILE.replace("/", "")
    exporting.post("/export", engine="json", folder=str(target), clients=["acme"], on_conflict="stop")
    (record,) = exporting.world.site.exports.all()
    exporting.ended(record.id)
    assert "<xss" not in exporting.look(record.id)
    assert "<xss" not in exporting.browser.get("/export").text


def test_old_exports_make_room(exporting: Exporting) -> None:
    ids = []
    for _ in range(22):
        ids.append(exporting.begin("acme"))
        exporting.ended(ids[-1])
        exporting.world.later(timedelta(seconds=1))
    assert [record.id for record in exporting.world.site.exports.all()] == ids[:1:-1]
    names = [each.name for each in exporting.world.database.list_documents("root")]
    assert [name for name in names if ids[0] in name] == []
