"""Reading a configuration on a thread of its own, because what it names may hang.

Python cannot stop a thread: one that hangs is left to itself. If it comes back after all, its result counts.
"""

import threading
import time
from collections.abc import Mapping

from databus.client.config_loader import LoadedConfig, load_config
from databus.client.config_rules import Finding
from databus.client.json_text import place_text
from databus.errors import ConfigError, Problem

LIMIT = 60.0
"""Seconds after which a module that is still being imported is a problem of the configuration that names it."""


class ConfigReading:
    """One reading of a configuration, begun at once.

    Args:
        data, file, environ, check_plugins: As for ``load_config``.
        limit: Seconds that it may take.
    """

    def __init__(
        self,
        data: bytes,
        *,
        file: str,
        environ: Mapping[str, str],
        check_plugins: bool = True,
        limit: float = LIMIT,
    ) -> None:
        self._file = file
        self._limit = limit
        self._until = time.monotonic() + limit
        self._at: Finding = ((), "reading the files that it refers to did not end")
        self._over = threading.Event()
        self._loaded: LoadedConfig | None = None
        self._error = ConfigError([])
        arguments = (data, dict(environ), check_plugins)
        threading.Thread(target=self._run, args=arguments, name=f"reading {file}", daemon=True).start()

    @property
    def is_settled(self) -> bool:
        """Whether there is a result: it has ended, or its limit is over."""
        return self.is_over or time.monotonic() >= self._until

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for its end, but no longer than this, and not beyond its limit."""
        self._over.wait(max(0.0, min(seconds, self._until - time.monotonic())))

    def result(self) -> LoadedConfig:
        """Return the configuration; wait for it.

        Raises:
            ConfigError: With everything that is wrong, or with what did not end within the limit.
        """
        self.wait(self._limit)
        if not self.is_over:
            place, what = self._at
            raise ConfigError([Problem(self._file, place_text(place), f"{what} within {self._limit:g} seconds")])
        if self._loaded is None:
            raise self._error
        return self._loaded

    def _run(self, data: bytes, environ: Mapping[str, str], check_plugins: bool) -> None:
        try:
            self._loaded = load_config(
                data, file=self._file, environ=environ, check_plugins=check_plugins, watch=self._watch
            )
        except ConfigError as error:
            self._error = error
        except BaseException as error:  # noqa: BLE001 - the border to foreign code, which may even exit
            # Not its text: what is secret in it is not known here.
            reason = f"it cannot be checked: {type(error).__name__}"
            self._error = ConfigError([Problem(self._file, place_text(self._at[0]), reason)])
        self._over.set()

    def _watch(self, finding: Finding) -> None:
        self._at = finding
