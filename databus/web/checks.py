"""Checking a configuration that somebody is writing: what is wrong, and whether what it names can be loaded."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from databus.client.config_loader import parse_config
from databus.client.config_reading import ConfigReading
from databus.client.config_rules import PLUGIN_KINDS, broken_rules, entries, plugin_entries
from databus.client.json_text import place_text, plain
from databus.errors import ConfigError, Problem

LIMIT = 10.0
"""Seconds that somebody waits for modules to be imported."""

MOST_UNDER_WAY = 4
"""Python cannot stop a thread that hangs: where so many do, nothing more is imported for a check."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module that a configuration names.

    Attributes:
        problem: Why it cannot be loaded; empty where it can.
    """

    place: str
    name: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check has found.

    Attributes:
        modules: Those that it names; empty where they were not looked at.
        note: What was left out, and why.
    """

    problems: list[Problem]
    warnings: list[Problem]
    modules: list[Module]
    note: str = ""


class Checks:
    """Checks configurations, each for a limited time."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._under_way: list[ConfigReading] = []

    def check(self, content: bytes, file: str) -> Checked:
        """Check a configuration, with its plug-ins as far as they answer."""
        text = ConfigReading(content, file=file, environ=os.environ, check_plugins=False, limit=self._limit)
        problems, warnings = _found(text)
        reading = self._begin(content, file)
        if reading is None:
            note = "Modules were not looked at: several that were imported for earlier checks still do not answer."
            return Checked(problems=problems, warnings=warnings, modules=[], note=note)
        found, warnings = _found(reading)
        if reading.is_over:
            return Checked(problems=found, warnings=warnings, modules=_modules(content, found))
        return Checked(problems=[*problems, *found], warnings=[], modules=[], note="Not every module was looked at.")

    def _begin(self, content: bytes, file: str) -> ConfigReading | None:
        with self._lock:
            self._under_way = [each for each in self._under_way if not each.is_over]
            if len(self._under_way) >= MOST_UNDER_WAY:
                return None
            self._under_way.append(ConfigReading(content, file=file, environ=os.environ, limit=self._limit))
            return self._under_way[-1]


def _found(reading: ConfigReading) -> tuple[list[Problem], list[Problem]]:
    """Return problems and warnings."""
    try:
        return [], list(reading.result().warnings)
    except ConfigError as error:
        return error.problems, []


def _modules(content: bytes, problems: list[Problem]) -> list[Module]:
    try:
        document = plain(parse_config(content, file=""))
    except ConfigError:
        return []
    others = {(place_text(place), reason) for place, reason in broken_rules(document)}
    reasons = {each.path: each.reason for each in problems if (each.path, each.reason) not in others}
    return [Module(place, name, reasons.get(place, "")) for place, name in _named(document)]


def _named(document: object) -> Iterator[tuple[str, str]]:
    for place, route in entries(document, "passengers"):
        for key in ("name", "queue"):
            if isinstance(name := route.get(key), str):
                yield place_text((*place, key)), name
        for kind in PLUGIN_KINDS:
            for step, plugin in plugin_entries(place, route, kind):
                if isinstance(name := plugin.get("module"), str):
                    yield place_text(step), name
