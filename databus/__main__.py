"""``databus`` and ``python -m databus``."""

import gc
import sys

COLLECT_AFTER = 50_000
"""New objects, less those that went by themselves, after which Python looks for what is left in circles."""


INTERRUPTED = 130
"""The exit code of Ctrl-C; ``databus.cli.failing`` may be what was being imported."""


def collect_less_often() -> None:
    """Let this process look for circular garbage less often than Python does: a drive makes much and leaves none.

    That is a tenth of the time of a drive; what waits for the collector is a few megabytes.
    """
    gc.freeze()  # modules stay to the end anyway
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def main() -> None:
    """Run the command line."""
    try:
        gc.disable()  # importing makes much and drops nothing: a collector that looks on costs a tenth of the time
        from databus.cli.app import run

        collect_less_often()
        gc.enable()
        run()
    except KeyboardInterrupt:  # before a command was reached, which would say the same
        sys.stderr.write("databus: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
