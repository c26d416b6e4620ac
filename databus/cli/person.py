"""Who sits at the terminal."""

import getpass

from databus.operating.audit import Person


def os_user() -> Person:
    """Return the operating system's user."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container may run a user id that has no name
        name = "unknown"
    return Person(name, "the command line")
