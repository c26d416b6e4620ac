"""What speaks against saving a configuration: for whom, and whether it may be saved nevertheless."""

from dataclasses import dataclass, field, replace

from databus.client.config_loader import parse_config
from databus.errors import ConfigError
from databus.operating.customizing import ConfigCustomizing, Customizing
from databus.operating.references import new_references
from databus.operating.users import administrators, loses_root
from databus.web.checks import Checked
from databus.web.site import Site
from databus.web.viewers import Viewer

NOTHING = Checked(problems=[], warnings=[], modules=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What speaks against saving a text.

    Attributes:
        checked: What is wrong with it.
        refusals: Why it may not be saved; it was not checked then, because a check would follow its references.
        doubts: What must be confirmed.
    """

    checked: Checked = NOTHING
    refusals: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def needs_confirmation(self) -> bool:
        """Whether it is saved only after a second word."""
        return bool(self.checked.problems or self.doubts)


def judge(site: Site, viewer: Viewer, document: Customizing, content: bytes) -> Judgement:
    """Return what speaks against saving a text; of files that are no configuration only whether they are JSON."""
    if not isinstance(document, ConfigCustomizing):
        return Judgement(checked=_syntax(document, content))
    refusals = [*_foreign_references(viewer, document, content), *_lost_root(document, content)]
    if refusals:
        return Judgement(refusals=refusals)
    checked = site.checks.check(content, f"{document.client_id}/{document.file}")
    return Judgement(checked=checked, doubts=_lock_outs(viewer, document, content))


def _syntax(document: Customizing, content: bytes) -> Checked:
    try:
        if document.is_json:
            parse_config(content, file=document.file)
    except ConfigError as error:
        return replace(NOTHING, problems=error.problems)
    return NOTHING


def _foreign_references(viewer: Viewer, document: Customizing, content: bytes) -> list[str]:
    if viewer.is_root:
        return []
    return [
        f"{reference}: only an administrator of root may refer to something of this server that the configuration "
        "did not refer to at this place before."
        for reference in new_references(document, content)
    ]


def _lost_root(document: Customizing, content: bytes) -> list[str]:
    if loses_root(document.client_id, content):
        return ["Root would have no administrator who can log in: nobody could manage this system any more."]
    return []


def _lock_outs(viewer: Viewer, document: Customizing, content: bytes) -> list[str]:
    left = _administrators(content)
    if document.client_id == viewer.client_id and viewer.username not in left:
        return ["You would not be an administrator of this client any more: you cannot come back to this page."]
    if not left and _administrators(document.read().content):
        return ["This client would have no administrator any more: only those of root could configure it."]
    return []


def _administrators(content: bytes) -> set[str]:
    try:
        return administrators(content)
    except ConfigError:  # nobody can come in
        return set()
