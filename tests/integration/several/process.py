"""One process of a crowd: ``python -m tests.integration.several.process KIND LEASE ARGUMENTS``.

It is ``databus start`` or ``databus worker``, with a lease that a test can wait for.
"""

import json
import sys
from datetime import timedelta

from databus.cli.serving import log_to_stderr
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.dispatcher.queue_worker import QueueWorker

KINDS = {"start": PrimalDispatcher, "worker": QueueWorker}


def main() -> None:
    """Run until a signal comes."""
    kind, lease, arguments = sys.argv[1:]
    log_to_stderr()
    ticket = DispatcherTicket(
        "tests.integration.several.watched_sql",
        json.loads(arguments),
        run_web_server=False,
        lease=timedelta(seconds=float(lease)),
    )
    KINDS[kind](ticket).start()


if __name__ == "__main__":
    main()
