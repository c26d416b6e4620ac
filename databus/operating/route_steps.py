"""The plug-ins of a configuration that somebody is writing: which there are, which there might be, and changing one."""

import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from databus.client.config_loader import parse_config
from databus.client.config_plugins import plugin_base
from databus.client.config_rules import PLUGIN_KINDS, entries, plugin_entries
from databus.client.json_text import place_text, plain
from databus.client.step_editing import Spot, StepChange, put_step
from databus.database.records import CONFIG
from databus.errors import NotFound, PluginError
from databus.operating.settings_fields import SettingsField, settings_change
from databus.plugin import load_plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """A plug-in of a route, or the place for a new one.

    Attributes:
        route: Name of the route.
        module: Empty for a new one.
        name: Its own name; empty where it has none.
        settings: As they are written, references and all.
    """

    spot: Spot
    route: str
    module: str = ""
    name: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it stands."""
        return place_text(self.spot.place)

    @property
    def kind(self) -> str:
        """What it is: puller, processor or pusher."""
        return self.spot.kind.removesuffix("s")


def route_steps(content: bytes) -> list[RouteStep]:
    """Return the plug-ins of all routes, after those of each kind the place for a new one.

    Raises:
        ConfigError: The text is not JSON.
    """
    document = plain(parse_config(content, file=CONFIG))
    return [step for place, route in entries(document, "passengers") for step in _of_route(int(place[1]), route)]


def step_at(content: bytes, spot: Spot) -> RouteStep:
    """Return the plug-in of a place.

    Raises:
        ConfigError: The text is not JSON.
        NotFound: There is none.
    """
    for step in route_steps(content):
        if step.spot == spot:
            return step
    raise NotFound(f"{place_text(spot.place)} is not there (any more)")


def shipped_modules(kind: str) -> list[str]:
    """Return the plug-ins of a kind that come with Databus, of "pullers", "processors" or "pushers"."""
    base = plugin_base(kind)
    package = base.__module__.rpartition(".")[0]
    folder = str(Path(inspect.getfile(base)).parent)
    names = (f"{package}.{each.name}" for each in pkgutil.iter_modules([folder]) if not each.ispkg)
    return [name for name in names if _is_plugin(name, base)]


def filled_in(
    content: bytes,
    spot: Spot,
    *,
    module: str,
    name: str,
    fields: list[SettingsField],
    typed: Mapping[str, str],
) -> bytes:
    """Return a configuration with what somebody has filled in; the rest stays as it is written.

    Raises:
        DatabusError: What was typed cannot be written, or the place is gone.
    """
    change = settings_change(fields, typed)
    step, keys = step_at(content, spot), {each.key for each in fields}
    others = [key for key in step.settings if key not in keys] if module != step.module else []
    taken = [*change.taken, *others]  # settings of the module that was there before mean nothing to another one
    return put_step(content, spot, StepChange(module=module, name=name, given=change.given, taken=taken))


def _of_route(number: int, route: dict[str, object]) -> list[RouteStep]:
    title = str(route.get("name", ""))
    steps = []
    for kind in PLUGIN_KINDS:
        for place, entry in plugin_entries(("passengers", number), route, kind):
            settings = entry.get("settings")
            steps.append(
                RouteStep(
                    spot=Spot(number, kind, int(place[-1])),
                    route=title,
                    module=str(entry.get("module", "")),
                    name=str(entry.get("name", "")),
                    settings=settings if isinstance(settings, dict) else {},
                )
            )
        steps.append(RouteStep(spot=Spot(number, kind), route=title))
    return steps


def _is_plugin(name: str, base: type[object]) -> bool:
    try:
        load_plugin(name, base)
    except PluginError:  # it helps others of the package
        return False
    return True
