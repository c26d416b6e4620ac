"""What the pages of one installation are made of."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from databus.client.external_config import ExternalConfigFile
from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.abstract_web_server import LARGEST_PASSENGER
from databus.dispatcher.active_drive import ActiveDrive
from databus.dispatcher.activity import Activity
from databus.operating.exports import Exports
from databus.operating.failed_logins import FailedLogins
from databus.operating.jobs import Jobs
from databus.operating.preview.looking import Previews
from databus.timestamps import utc_now
from databus.web.accounts import Accounts
from databus.web.checks import Checks
from databus.web.configs import Configs
from databus.web.host_names import EVERY, HostNames
from databus.web.last_logins import LastLogins
from databus.web.live import Live
from databus.web.peeks import Peeks
from databus.web.sessions import Sessions
from databus.web.throttle import Throttle
from databus.web.viewers import Viewers


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that a page may use.

    Attributes:
        alias: Name of the installation.
        expedite: Asks the dispatcher of this process for a drive of a client's route; None where it has none.
        activity: Tells what happens to a client's route in this process; None where nothing is driven in it.
        clock: Tells the time.
        external_files: Files that administrators may edit.
        host_names: Those that are answered.
        shutdown: Lets the dispatcher of this process end in order; None where it has none.
        drives: Tells what that dispatcher drives now; None likewise.
        largest_passenger: Bytes of a passenger that is handed over through the API, with all its attachments.
        answering: Turn of who notes in this process what was answered to an ``Idempotency-Key``.
    """

    database: AbstractDatabase
    alias: str = "Databus"
    expedite: Callable[[str, str], None] | None = None
    activity: Callable[[str, str], Activity] | None = None
    clock: Callable[[], datetime] = utc_now
    external_files: tuple[ExternalConfigFile, ...] = ()
    largest_passenger: int = LARGEST_PASSENGER
    host_names: HostNames = field(default_factory=lambda: HostNames([EVERY], addresses=True))
    shutdown: Callable[[], None] | None = None
    drives: Callable[[], Sequence[ActiveDrive]] | None = None
    started: datetime = field(default_factory=utc_now)
    throttle: Throttle = field(default_factory=Throttle)
    live: Live = field(default_factory=Live)
    checks: Checks = field(default_factory=Checks)
    previews: Previews = field(default_factory=Previews)
    peeks: Peeks = field(default_factory=Peeks)
    jobs: Jobs = field(default_factory=Jobs)
    answering: threading.Lock = field(default_factory=threading.Lock)
    sessions: Sessions = field(init=False)
    last_logins: LastLogins = field(init=False)
    accounts: Accounts = field(init=False)
    viewers: Viewers = field(init=False)
    configs: Configs = field(init=False)
    failed_logins: FailedLogins = field(init=False)
    exports: Exports = field(init=False)

    def __post_init__(self) -> None:
        kinds = {
            "sessions": Sessions,
            "last_logins": LastLogins,
            "accounts": Accounts,
            "configs": Configs,
            "failed_logins": FailedLogins,
        }
        for name, kind in kinds.items():
            object.__setattr__(self, name, kind(self.database))
        object.__setattr__(self, "viewers", Viewers(self.database, self.sessions, self.accounts, self.clock))
        object.__setattr__(self, "exports", Exports(self.database, self.clock))

    def active_drives(self) -> Sequence[ActiveDrive]:
        """Return what the dispatcher of this process drives now; nothing where it has none."""
        return self.drives() if self.drives is not None else []
