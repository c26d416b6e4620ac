"""Customizing: what is found in a text while somebody writes it, for the page to show beside it."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from databus.client.config_loader import parse_config
from databus.errors import ConfigError, DatabusError
from databus.operating.customizing import CONFIG_NAME, ConfigCustomizing
from databus.web.drafts import too_large, typed
from databus.web.editor import chosen_document
from databus.web.guard import Administering, ClientOf, SiteOf
from databus.web.judging import Judgement, judge
from databus.web.plugin_forms import spot_text, spots_in
from databus.web.rendering import page

router = APIRouter()


@router.post("/clients/{client}/customizing/check")
def check(
    client: ClientOf,
    viewer: Administering,
    request: Request,
    site: SiteOf,
    document: Annotated[str, Query(max_length=1000)] = CONFIG_NAME,
    content: Annotated[str, Form()] = "",
    spot: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Show what is wrong with a text; nothing is stored."""
    chosen = chosen_document(site, client, document)
    draft = typed(content, chosen.read().content)
    if said := too_large(draft):
        raise DatabusError(said)
    judgement = _while_typing(judge(site, viewer, chosen, draft), draft)
    is_config = isinstance(chosen, ConfigCustomizing)
    return page(
        request,
        "customizing_findings.html",
        judgement=judgement,
        chosen=chosen,
        is_config=is_config,
        live=True,
        steps=spots_in(draft) if is_config else [],
        spot_text=spot_text,
        chosen_spot=spot,
    )


def _while_typing(judgement: Judgement, draft: bytes) -> Judgement:
    """Return what is told at once: half a text has no users, which locks nobody out yet."""
    try:
        parse_config(draft, file=CONFIG_NAME)
    except ConfigError:
        return replace(judgement, doubts=[])
    return judgement
