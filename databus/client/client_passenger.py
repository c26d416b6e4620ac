"""What a client does with one passenger type."""

from datetime import datetime, timedelta

from databus.compat import p_keywords
from databus.timestamps import LocalTime, utc_now


@p_keywords
class ClientPassenger:
    """A route: which plug-ins a client uses for one passenger type, and when.

    Args:
        name: The passenger type, which is the module of its class.
        puller_modules, processor_modules, pusher_modules: Modules, in the configured order.
        queue_module: The module of the queue.
        sync_frequency: Minutes between two drives; 0 or less means only on demand.
        queue_life_span: Days for which complete passengers are kept.
    """

    def __init__(
        self,
        name: str = "Undefined",
        puller_modules: list[str] | None = None,
        queue_module: str | None = None,
        processor_modules: list[str] | None = None,
        pusher_modules: list[str] | None = None,
        sync_frequency: float = 0,
        queue_life_span: float = 0,
    ) -> None:
        self.name = name
        self.puller_modules = [] if puller_modules is None else puller_modules
        self.queue_module = queue_module or ""
        self.processor_modules = [] if processor_modules is None else processor_modules
        self.pusher_modules = [] if pusher_modules is None else pusher_modules
        self.sync_frequency = sync_frequency
        self.queue_life_span = queue_life_span

    @property
    def queue_expiry_date(self) -> datetime:
        """Complete passengers that are older may be deleted: aware, in local time."""
        return LocalTime.of(utc_now() - timedelta(days=self.queue_life_span))
