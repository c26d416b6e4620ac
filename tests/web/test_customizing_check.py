"""What is found in a configuration while somebody writes it."""

from pathlib import Path

from databus.client.external_config import ExternalConfigFile
from databus.web.drafts import LONGEST
from tests.web.administration import ROUTE, World, text_of, world
from tests.web.editing import PAGE, as_sent, changed, save

__all__ = ["world"]

CHECK = f"{PAGE}/check"


def test_all_problems_are_told_with_their_places_and_nothing_is_stored(world: World) -> None:
    ann, before = world.enter("demo", "ann"), world.content()
    route = {**ROUTE, "pushers": ["no.such.pusher"], "cheese": 1}
    answer = ann.post(CHECK, {"content": as_sent(changed(world, passengers=[route], log_life_span="long"))})
    said = text_of(answer)
    assert answer.status_code == 200
    assert "3 problems" in said
    for place in ("log_life_span: expected", "passengers[0].cheese: unknown key", "passengers[0].pushers[0]: "):
        assert place in said
    assert "does not load no.such.pusher" in said
    assert f"loads {ROUTE['pullers'][0]}" in said
    assert world.content() == before


def test_it_is_a_part_of_a_page_that_interrupts_nobody(world: World) -> None:
    answer = world.enter("demo", "ann").post(CHECK, {"content": changed(world)})
    assert "no problems" in answer.text
    assert "<html" not in answer.text
    assert "role=" not in answer.text


def test_text_that_is_no_json_names_the_line(world: World) -> None:
    said = text_of(world.enter("root", "root").post(CHECK, {"content": '{\n  "passengers": [],,\n}\n'}))
    assert "line 2, column 20" in said


def test_half_a_text_locks_nobody_out_but_a_whole_one_may(world: World) -> None:
    ann = world.enter("demo", "ann")
    assert "You would not be an administrator" not in text_of(ann.post(CHECK, {"content": changed(world)[:-3]}))
    assert "You would not be an administrator" in text_of(ann.post(CHECK, {"content": changed(world, users=[])}))


def test_a_reference_that_somebody_may_not_make_is_not_followed(world: World) -> None:
    said = text_of(
        world.enter("demo", "ann").post(CHECK, {"content": changed(world, log_life_span="${file:/etc/hostname}")})
    )
    assert "${file:/etc/hostname}" in said
    assert "only an administrator of root" in said
    assert "expected a number" not in said


def test_a_file_that_should_be_json_is_looked_at_as_such(world: World, tmp_path: Path) -> None:
    for name in ("rates.json", "rates.txt"):
        (tmp_path / name).write_text("{}\n")
    files = tuple(ExternalConfigFile("demo", name, str(tmp_path / name)) for name in ("rates.json", "rates.txt"))
    object.__setattr__(world.site, "external_files", files)
    ann = world.enter("demo", "ann")
    said = text_of(ann.post(f"{CHECK}?document=rates.json", {"content": "{,}"}))
    assert "line 1, column 2" in said
    assert "administrator" not in said
    assert "This is JSON: no problems." in text_of(
        ann.post(f"{CHECK}?document=rates.json", {"content": '{"passengers": 1}'})
    )
    assert "data-json" in ann.get(f"{PAGE}?document=rates.json").text
    assert "Plug-ins by form" not in ann.get(f"{PAGE}?document=rates.json").text
    assert text_of(ann.post(f"{CHECK}?document=rates.txt", {"content": "{,}"})).strip() == ""
    assert "data-json" not in ann.get(f"{PAGE}?document=rates.txt").text
    assert ann.post(f"{CHECK}?document=state/sessions", {"content": ""}).status_code == 404
    page = f"{PAGE}?document=rates.json"
    assert save(ann, "{,}", page).status_code == 409
    assert save(ann, "{,}", page, confirmed="yes").status_code == 303
    assert (tmp_path / "rates.json").read_text() == "{,}"


def test_what_is_typed_shows_as_text(world: World) -> None:
    answer = world.enter("demo", "ann").post(CHECK, {"content": changed(world, **{"<img src=x>": 1})})
    assert "&lt;img src=x&gt;" in answer.text
    assert "<img" not in answer.text


def test_a_text_that_is_too_large_is_told(world: World) -> None:
    answer = world.enter("demo", "ann").post(CHECK, {"content": " " * (LONGEST + 1)})
    assert answer.status_code == 400
    assert "too large" in text_of(answer)


def test_a_session_that_has_ended_takes_nobody_away_from_what_they_typed(world: World) -> None:
    ann = world.enter("demo", "ann")
    world.site.sessions.end_all("demo", "ann", now=world.site.clock())
    answer = ann.browser.post(CHECK, data={"content": "{}"}, headers={"hx-request": "true"}, follow_redirects=False)
    assert answer.status_code == 401
    assert "Keep a copy" in text_of(answer)
    assert "hx-redirect" not in answer.headers


def test_the_editor_loosens_nothing_of_the_policy(world: World) -> None:
    policy = world.enter("demo", "ann").get(PAGE).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
