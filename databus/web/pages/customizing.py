"""Customizing: the documents that configure a client, edited without fear."""

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from databus.errors import DatabusError, NotFound, VersionConflict
from databus.operating.customizing import CLIENTS_NAME, CONFIG_NAME, Customizing
from databus.operating.differences import counts
from databus.web.administering import Administrator
from databus.web.cookies import keep_logged_in
from databus.web.drafts import digest, shown, shown_text, too_large, typed
from databus.web.editor import Editing, changed_lines, editing_of, without_plain_passwords
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.judging import Judgement, judge
from databus.web.rendering import query, segment

router = APIRouter()

Name = Annotated[str, Query(max_length=1000)]
Version = Annotated[str, Query(max_length=1000)]
Field = Annotated[str, Form(max_length=1000)]
Text = Annotated[str, Form()]

DONE: Final = {
    "saved": "Saved. The next drive of each route uses it.",
    "same": "Nothing was saved: the text is the same.",
}


class Action(StrEnum):
    """What is to be done with a text."""

    CHECK = "check"
    PREVIEW = "preview"
    RESTORE = "restore"
    SAVE = "save"


@router.get("/clients/{client}/customizing")
def customizing(
    client: ClientOf,
    viewer: Administrator,
    request: Request,
    site: SiteOf,
    document: Name = CONFIG_NAME,
    skip: Annotated[int, Query(ge=0, le=2**40)] = 0,
    done: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show a document, ready to be edited."""
    if document == CLIENTS_NAME:
        return RedirectResponse(f"/clients/{segment(client)}/customizing/clients", 303)
    editing = editing_of(request, site, viewer, client, document)
    return editing.show(shown(editing.present).text, done=DONE.get(done, ""), skip=skip)


@router.post("/clients/{client}/customizing")
def edit(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    action: Annotated[Action, Form()],
    version: Field,
    document: Name = CONFIG_NAME,
    content: Text = "",
    previewed: Field = "",
    confirmed: Field = "",
    restored: Field = "",
) -> Response:
    """Check a text, show what it would change, or save it."""
    editing = editing_of(request, site, viewer, client, document)
    if action is Action.RESTORE:
        content = _restorable(editing.chosen, restored)
    draft = typed(content, editing.present.content)
    if said := too_large(draft):
        return editing.show(content, said=said, status=413)
    draft = without_plain_passwords(editing.chosen, draft)
    text = shown_text(draft)
    if version != editing.present.version:
        return editing.show_conflict(text)
    judgement = judge(site, viewer, editing.chosen, draft)
    if action is Action.CHECK:
        return editing.show(text, judgement=judgement, restored=restored)
    if action is not Action.SAVE:
        return editing.show(text, draft=draft, judgement=judgement, restored=restored)
    return _save(editing, draft, judgement, restored, _objection(judgement, digest(draft), previewed, confirmed))


def _objection(judgement: Judgement, saved: str, previewed: str, confirmed: str) -> str:
    """Return why a text is not saved yet."""
    if judgement.refusals:
        return "Nothing was saved: see below why."
    if saved != previewed:
        return (
            "Nothing was saved yet: the text is another one than the one you looked at. This is what would change now."
        )
    if judgement.needs_confirmation and confirmed != saved:
        return "Nothing was saved yet: tick that you want it although something speaks against it."
    return ""


def _save(editing: Editing, draft: bytes, judgement: Judgement, restored: str, objection: str) -> Response:
    """Store a text, or tell why not."""
    if draft == editing.present.content:
        return _to(editing.chosen, "same")
    text = shown_text(draft)
    if objection:
        return editing.show(text, draft=draft, judgement=judgement, said=objection, restored=restored, status=409)
    try:
        return _stored(editing, draft, _what(editing, draft, judgement, restored))
    except VersionConflict:
        return replace(editing, present=editing.chosen.read()).show_conflict(text)


def _stored(editing: Editing, draft: bytes, what: str) -> Response:
    """Store a text; sessions of users who are gone, or have another password now, end."""
    client, viewer = editing.chosen.client_id, editing.viewer
    accounts, sessions = editing.site.accounts, editing.site.sessions
    before = accounts.of(client)
    editing.chosen.save(draft, expected=editing.present.version, by=viewer.person, what=what)
    response = _to(editing.chosen, "saved")
    stamps = {account.username: account.stamp for account in accounts.of(client)}
    for account in before:
        if stamps.get(account.username) != account.stamp:
            sessions.end_all(client, account.username, now=editing.site.clock())
            if (client, account.username) == (viewer.client_id, viewer.username):
                keep_logged_in(response, editing.request, editing.site, viewer)
    return response


def _what(editing: Editing, draft: bytes, judgement: Judgement, restored: str) -> str:
    """Return what is done, for the log."""
    chosen, change = editing.chosen, counts(changed_lines(editing.present, draft))
    done = f"saved {chosen.file}: {change}"
    with suppress(NotFound):  # purged in the meantime
        if restored and (earlier := chosen.read(restored)).content == draft:
            done = f"restored {chosen.file} of {earlier.saved_on:%Y-%m-%d %H:%M:%S} UTC: {change}"
    problems = len(judgement.checked.problems)
    return f"{done}, although it cannot be used (problems: {problems})" if problems else done


def _to(chosen: Customizing, done: str) -> Response:
    address = f"/clients/{segment(chosen.client_id)}/customizing"
    return RedirectResponse(address + query({"document": chosen.name, "done": done}), 303)


def _restorable(chosen: Customizing, version: str) -> str:
    earlier = shown(chosen.read(version))
    if earlier.trouble:
        raise DatabusError(f"This version cannot be restored on this page. {earlier.trouble}")
    return earlier.text
