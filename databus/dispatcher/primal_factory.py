"""How Databus 8 was started; kept for programs that still do."""

import warnings

from databus.compat import p_keywords
from databus.dispatcher.abstract_dispatcher import AbstractDispatcher, DispatcherTicket
from databus.dispatcher.primal_dispatcher import PrimalDispatcher


class PrimalDispatcherFactory:
    """Deprecated: use ``PrimalDispatcher(ticket)``."""

    @p_keywords
    def create_dispatcher(self, ticket: DispatcherTicket | None = None) -> AbstractDispatcher:
        """Return a dispatcher for a ticket."""
        warnings.warn(
            "PrimalDispatcherFactory is deprecated: use PrimalDispatcher(ticket).start()",
            DeprecationWarning,
            stacklevel=3,
        )
        return PrimalDispatcher(ticket)
