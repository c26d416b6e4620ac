"""What happens to a route at this moment, as far as the process that is asked knows."""

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from databus.dispatcher.route_clock import RouteClock
from databus.driver.abstract_driver import DriveSummary
from databus.errors import DatabusError, StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happens to a route.

    Attributes:
        is_asked: Whether somebody asked for a drive that has not begun yet.
        began: When the drive that is under way began; None where none is.
        progress: How far that drive is; it goes on changing. None where the driver tells nothing.
        trouble: Why the latest drive was cut off or could not begin, for everybody to see; empty where it ended well.
    """

    is_asked: bool = False
    began: datetime | None = None
    progress: DriveSummary | None = None
    trouble: str = ""


def activity_of(clock: RouteClock | None, *, is_asked: bool) -> Activity:
    """Return what happens to a route.

    Args:
        clock: What the dispatcher knows of it; None where that is nothing yet.
        is_asked: Whether the dispatcher has been asked for a drive since its last tick.
    """
    if clock is None:
        return Activity(is_asked=is_asked)
    return Activity(
        is_asked=is_asked or clock.expedited,
        began=clock.last_began if clock.running else None,
        progress=clock.progress if clock.running else None,
        trouble=clock.trouble,
    )


def trouble_of(drive: "Future[DriveSummary]") -> str:
    """Return why a drive that is over did not come to its end; empty where it did.

    What the database says names servers and folders, which is nothing for everybody.
    """
    match drive.exception():
        case None if drive.result().is_cut_off:
            return "A drive was cut off; it is repeated by itself."
        case None:
            return ""
        case StoreError():
            return "A drive could not begin: the database could not be used."
        case DatabusError() as error:
            return f"A drive could not begin: {error}"
        case error:
            return f"A drive failed ({type(error).__name__}): the output of the process that drives says more."
