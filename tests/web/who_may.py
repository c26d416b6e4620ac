"""Every route, and who may: a route that is missing here fails ``test_who_may``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.web.world import (
    ADMINISTRATOR,
    ATTACHMENT,
    ENTRY,
    LOG,
    OPERATOR,
    PEOPLE,
    PICTURE,
    ROOT_ADMINISTRATOR,
    ROOT_OPERATOR,
    ROUTE,
    Person,
)

EVERYBODY = frozenset(PEOPLE)
ROOT = frozenset({ROOT_ADMINISTRATOR, ROOT_OPERATOR})
OF_THE_CLIENT = ROOT | {ADMINISTRATOR, OPERATOR}
ADMINISTRATORS_OF_THE_CLIENT = frozenset({ROOT_ADMINISTRATOR, ADMINISTRATOR})
ROOT_ADMINISTRATORS = frozenset({ROOT_ADMINISTRATOR})


@dataclass(frozen=True, kw_only=True)
class Row:
    """A route, whose client is always acme.

    Attributes:
        who: Who may use it, of those who are logged in.
        is_public: Whether nobody need be logged in.
        params, form: What a request needs in order to do something.
        answers: What those who may get.
        refusal: The answer to somebody who is logged in and may not.
        refusal_within: That answer to somebody who may see the client, but not this.
    """

    method: str
    path: str
    who: frozenset[Person]
    is_public: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[int, ...] = (200, 303)
    refusal: int = 404
    refusal_within: int = 403

    def refusal_of(self, person: Person) -> int:
        """Return the answer to somebody who is logged in and may not."""
        return self.refusal_within if "{client}" in self.path and person in OF_THE_CLIENT else self.refusal

    @property
    def address(self) -> str:
        """The path with its parameters filled in."""
        return self.path.format(client="acme", guid=LOG)


_ENTRY = {"id": ENTRY}
_ATTACHMENT = {"id": ENTRY, "name": ATTACHMENT}
_WAITING = {"route": ROUTE, "puller": "none", "id": "1", "name": ATTACHMENT}
_JOB = {"id": "nobody's"}
_SECRET = "a secret of somebody"
_USERS = {
    "": {"username": "new", "password": _SECRET, "again": _SECRET},
    "/role": {"name": "operator", "role": "administrator"},
    "/password": {"name": "operator", "password": _SECRET, "again": _SECRET},
    "/token": {"name": "operator"},
    "/token/clear": {"name": "operator"},
    "/remove": {"name": "operator", "sure": "true"},
}

EXPORT = "no such export"
_EXPORT_LOOKS = {"/export": (200,), "/export/job": (404,), "/export/job/part": (404,), "/export/manifest": (404,)}
_EXPORT_DEEDS = (
    ("/export", {"engine": "json", "folder": "no path from the root", "on_conflict": "stop"}, (400,)),
    ("/export/test", {"engine": "json", "folder": "no path from the root"}, (200,)),
    ("/export/pause", {"id": EXPORT}, (404,)),
    ("/export/resume", {"id": EXPORT, "on_conflict": "stop"}, (404,)),
)

TABLE = (
    Row(method="GET", path="/login", who=EVERYBODY, is_public=True),
    Row(method="POST", path="/login", who=EVERYBODY, is_public=True, answers=(403,)),
    Row(method="POST", path="/logout", who=EVERYBODY),
    Row(method="GET", path="/", who=EVERYBODY),
    Row(method="GET", path="/clients/{client}", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/passengers", who=OF_THE_CLIENT),
    Row(method="POST", path="/clients/{client}/passengers/expedite", who=OF_THE_CLIENT, form={"route": ROUTE}),
    Row(
        method="POST",
        path="/clients/{client}/passengers/pause",
        who=OF_THE_CLIENT,
        form={"route": ROUTE},
    ),
    Row(method="POST", path="/clients/{client}/passengers/resume", who=OF_THE_CLIENT, form={"route": ROUTE}),
    Row(method="GET", path="/clients/{client}/passengers/live", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/passengers/peek", who=OF_THE_CLIENT, params={"route": ROUTE}),
    Row(method="GET", path="/clients/{client}/live", who=OF_THE_CLIENT),
    Row(method="GET", path="/live", who=ROOT),
    Row(method="GET", path="/clients/{client}/queue", who=OF_THE_CLIENT),
    Row(method="POST", path="/clients/{client}/queue", who=OF_THE_CLIENT, form={"action": "dead", "ids": ENTRY}),
    Row(method="POST", path="/clients/{client}/queue/all", who=OF_THE_CLIENT, form={"action": "dead"}),
    Row(method="POST", path="/clients/{client}/queue/purge", who=OF_THE_CLIENT, form={"days": "30"}),
    Row(method="GET", path="/clients/{client}/queue.csv", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/queue.json", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/jobs", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/job", who=OF_THE_CLIENT, params=_JOB, answers=(404,)),
    Row(method="GET", path="/clients/{client}/job/progress", who=OF_THE_CLIENT, params=_JOB, answers=(404,)),
    Row(
        method="POST",
        path="/clients/{client}/job",
        who=OF_THE_CLIENT,
        params=_JOB,
        form={"wish": "stop"},
        answers=(404,),  # test_jobs_page has those that there are
    ),
    Row(method="GET", path="/clients/{client}/entry", who=OF_THE_CLIENT, params=_ENTRY),
    Row(method="POST", path="/clients/{client}/entry", who=OF_THE_CLIENT, params=_ENTRY, form={"change": "dead"}),
    Row(method="GET", path="/clients/{client}/attachment", who=OF_THE_CLIENT, params=_ATTACHMENT),
    Row(method="GET", path="/clients/{client}/preview", who=OF_THE_CLIENT, params=_ATTACHMENT),
    Row(method="GET", path="/clients/{client}/picture", who=OF_THE_CLIENT, params={"id": ENTRY, "name": PICTURE}),
    *(
        Row(method="GET", path=f"/clients/{{client}}/{place}", who=OF_THE_CLIENT, params=_WAITING, answers=(404,))
        for place in ("passengers/peek/preview", "passengers/peek/picture")
    ),
    Row(method="GET", path="/clients/{client}/log", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/log/{guid}", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/log/{guid}/live", who=OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/log/{guid}/download", who=OF_THE_CLIENT),
    Row(method="POST", path="/clients/{client}/log/purge", who=ADMINISTRATORS_OF_THE_CLIENT, form={"days": "30"}),
    *(
        Row(method="GET", path=f"/clients/{{client}}/{place}", who=ADMINISTRATORS_OF_THE_CLIENT)
        for place in ("users", "customizing", "customizing/version", "customizing/file", "audit", "audit.csv")
    ),
    Row(
        method="GET", path="/clients/{client}/users/user", who=ADMINISTRATORS_OF_THE_CLIENT, params={"name": "operator"}
    ),
    *(
        Row(method="POST", path=f"/clients/{{client}}/users{place}", who=ADMINISTRATORS_OF_THE_CLIENT, form=form)
        for place, form in _USERS.items()
    ),
    Row(
        method="POST",
        path="/clients/{client}/customizing",
        who=ADMINISTRATORS_OF_THE_CLIENT,
        form={"action": "save", "version": "another one"},
        answers=(409,),  # nobody's text is overwritten
    ),
    Row(method="POST", path="/clients/{client}/customizing/check", who=ADMINISTRATORS_OF_THE_CLIENT),
    Row(method="GET", path="/clients/{client}/customizing/form", who=ADMINISTRATORS_OF_THE_CLIENT),
    Row(
        method="POST",
        path="/clients/{client}/customizing/form",
        who=ADMINISTRATORS_OF_THE_CLIENT,
        form={"action": "open", "version": "another one"},
    ),
    Row(method="GET", path="/clients/{client}/customizing/clients", who=ADMINISTRATORS_OF_THE_CLIENT, answers=(404,)),
    *(
        Row(method="GET", path=path, who=ROOT_ADMINISTRATORS, params={"id": EXPORT}, refusal=403, answers=answers)
        for path, answers in _EXPORT_LOOKS.items()
    ),
    *(
        Row(method="POST", path=path, who=ROOT_ADMINISTRATORS, form=form, refusal=403, answers=answers)
        for path, form, answers in _EXPORT_DEEDS
    ),
    Row(method="POST", path="/clients", who=ROOT_ADMINISTRATORS, form={"name": "new"}, refusal=403),
    Row(method="GET", path="/clients/{client}/removal", who=ROOT_ADMINISTRATORS),
    Row(method="POST", path="/clients/{client}/removal", who=ROOT_ADMINISTRATORS, form={"typed": "acme"}),
    Row(method="GET", path="/system", who=ROOT, refusal=403),
    Row(method="GET", path="/system/shutdown", who=ROOT_ADMINISTRATORS, refusal=403),
    Row(method="POST", path="/system/shutdown", who=ROOT_ADMINISTRATORS, refusal=403),
    Row(
        method="POST",
        path="/system/client",
        who=ROOT_ADMINISTRATORS,
        form={"client": "acme", "on": "false"},
        refusal=403,
    ),
    Row(method="GET", path="/about", who=EVERYBODY),
    Row(method="POST", path="/system/pause", who=ROOT_ADMINISTRATORS, form={"paused": "true"}, refusal=403),
)

MOUNTS = {"/static"}
"""Folders of files that everybody may have."""
