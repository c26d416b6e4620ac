"""Showing a document that can be edited, with what was found out about the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from databus.client.client import Client
from databus.client.config_editing import hash_plain_passwords
from databus.database.records import Document
from databus.errors import NotFound
from databus.operating.customizing import CLIENTS_NAME, ConfigCustomizing, Customizing, customizings
from databus.operating.differences import DiffLine, difference
from databus.web.drafts import digest, shown, typed
from databus.web.judging import Judgement
from databus.web.plugin_forms import PluginForm, spot_text, spots_in
from databus.web.rendering import page
from databus.web.site import Site
from databus.web.viewers import Viewer

PAGE = 50
"""Earlier versions that are listed at once."""

MOST_SHOWN = 2000
"""Lines of a difference."""


def chosen_document(site: Site, client: str, name: str) -> Customizing:
    """Return a document of a client.

    Raises:
        NotFound: There is none of that name.
    """
    for each in _documents(site, client):
        if each.name == name:
            return each
    raise NotFound(f"Client {client} has no document {name}.")


def _documents(site: Site, client: str) -> Sequence[Customizing]:
    return customizings(site.database, client, site.external_files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """Who edits what.

    Attributes:
        present: The document as it is stored now.
    """

    request: Request
    site: Site
    viewer: Viewer
    chosen: Customizing
    present: Document

    def show(
        self,
        text: str,
        *,
        draft: bytes | None = None,
        judgement: Judgement | None = None,
        form: PluginForm | None = None,
        status: int = 200,
        skip: int = 0,
        **more: Any,
    ) -> Response:
        """Return the page with a text.

        Args:
            draft: The text as it would be stored, where it is to be compared with what is stored.
            judgement: What was found out about it.
            form: One for the settings of a plug-in, beside the text.
            skip: So many earlier versions are not listed.
        """
        earlier = self.chosen.history()
        values: dict[str, Any] = {"said": "", "done": "", "restored": "", "theirs": None, **more}
        return page(
            self.request,
            "customizing.html",
            status=status,
            **place_of(self.site, self.viewer, self.chosen),
            present=self.present,
            text=text,
            stored=shown(self.present),
            judgement=judgement,
            form=form,
            steps=spots_in(text.encode("utf-8", "replace")) if isinstance(self.chosen, ConfigCustomizing) else [],
            spot_text=spot_text,
            lines=None if draft is None else changed_lines(self.present, draft),
            is_same=draft == self.present.content,
            most=MOST_SHOWN,
            digest="" if draft is None else digest(draft),
            versions=earlier[skip : skip + PAGE],
            skip=skip,
            older=skip + PAGE if len(earlier) > skip + PAGE else 0,
            page_size=PAGE,
            **values,
        )

    def show_conflict(self, text: str) -> Response:
        """Tell somebody that another one was faster, and show both texts."""
        return self.show(text, draft=typed(text, self.present.content), theirs=shown(self.present).text, status=409)


def editing_of(request: Request, site: Site, viewer: Viewer, client: str, document: str) -> Editing:
    """Return that somebody edits a document.

    Raises:
        NotFound: There is none of that name.
    """
    chosen = chosen_document(site, client, document)
    if isinstance(chosen, ConfigCustomizing):
        site.configs.of(client)  # a password that was just written by hand is a hash after that
    return Editing(request=request, site=site, viewer=viewer, chosen=chosen, present=chosen.read())


def without_plain_passwords(chosen: Customizing, content: bytes) -> bytes:
    """Return a text as it would be stored: no password in it is plain, as far as it can be read."""
    if not isinstance(chosen, ConfigCustomizing):
        return content
    return hash_plain_passwords(content) or content


def place_of(site: Site, viewer: Viewer, chosen: Customizing) -> dict[str, Any]:
    """Return what says where one is."""
    return {
        "client": chosen.client_id,
        "chosen": chosen,
        "documents": _documents(site, chosen.client_id),
        "has_clients": viewer.is_root and chosen.client_id == Client.ROOT,
        "clients_name": CLIENTS_NAME,
        "is_config": isinstance(chosen, ConfigCustomizing),
    }


def changed_lines(before: Document, after: bytes) -> list[DiffLine]:
    """Return what a text changes in a document."""
    return difference(before.content.decode("utf-8", "replace"), after.decode("utf-8", "replace"))
