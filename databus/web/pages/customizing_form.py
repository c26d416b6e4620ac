"""Customizing: filling in a form for the settings of a plug-in, which then stand in the text."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from databus.errors import DatabusError
from databus.operating.customizing import CONFIG_NAME
from databus.web.administering import Administrator
from databus.web.drafts import shown_text, too_large, typed
from databus.web.editor import Editing, editing_of, without_plain_passwords
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.judging import judge
from databus.web.plugin_forms import PluginForm, open_form, put
from databus.web.rendering import segment

router = APIRouter()

Field = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back.

    Attributes:
        spot: Where the plug-in stands.
        module: What shall stand there; empty for what does.
        name: Of the plug-in.
        settings: What was typed, by setting.
    """

    spot: str
    module: str
    name: str
    settings: dict[str, str]


def filled(
    opened: Field = "",
    module: Field = "",
    name: Field = "",
    key: Annotated[list[str] | None, Form()] = None,
    value: Annotated[list[str] | None, Form()] = None,
) -> Filled:
    """Return what somebody filled in."""
    return Filled(opened, module, name, dict(zip(key or [], value or [], strict=False)))


@router.get("/clients/{client}/customizing/form")
def back(client: ClientOf, viewer: Administrator) -> Response:
    """Lead who comes back to the address of a form to where forms are opened."""
    return RedirectResponse(f"/clients/{segment(client)}/customizing", 303)


@router.post("/clients/{client}/customizing/form")
def fill_in(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    action: Field,
    version: Field,
    form: Annotated[Filled, Depends(filled)],
    content: Annotated[str, Form()] = "",
    spot: Field = "",
) -> Response:
    """Open the form of a plug-in, that of another module for it, or put what was filled in into the text."""
    editing = editing_of(request, site, viewer, client, CONFIG_NAME)
    draft = typed(content, editing.present.content)
    if said := too_large(draft):
        raise DatabusError(said)
    if action == "open":
        return editing.show(shown_text(draft), form=open_form(site.checks, draft, spot))
    opened = open_form(site.checks, draft, form.spot, form.module)
    if action == "module":
        return editing.show(shown_text(draft), form=opened)
    return _put(editing, draft, opened, form, version)


def _put(editing: Editing, draft: bytes, opened: PluginForm, form: Filled, version: str) -> Response:
    try:
        changed = without_plain_passwords(editing.chosen, put(opened, draft, form.name, form.settings))
    except DatabusError as error:
        return editing.show(shown_text(draft), form=opened.with_typed(form.name, form.settings, str(error)), status=400)
    text = shown_text(changed)
    if version != editing.present.version:
        return editing.show_conflict(text)
    return editing.show(text, draft=changed, judgement=judge(editing.site, editing.viewer, editing.chosen, changed))
