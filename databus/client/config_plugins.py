"""Whether the plug-ins that a configuration names can be loaded, and take the settings it gives them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from databus.client.config_problems import validation_problems
from databus.client.config_rules import PLUGIN_KINDS, Finding, entries, plugin_entries
from databus.client.json_text import Place
from databus.errors import PluginError, text_of
from databus.plugin import load_plugin, settings_model


@dataclass(slots=True)
class PluginCheck:
    """What was found: place and reason of each problem, and the secrets in settings."""

    watch: Callable[[Finding], None]
    problems: list[Finding] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


def check_plugins(document: object, watch: Callable[[Finding], None]) -> PluginCheck:
    """Load every plug-in that a document names and check its settings with its own model.

    Args:
        watch: Is told, before each piece of foreign code runs, what to say if it does not come back.
    """
    check = PluginCheck(watch)
    for place, route in entries(document, "passengers"):
        for named, module, base in _modules(place, route):
            _loaded(check, named, module, base)
        for kind in PLUGIN_KINDS:
            for step, entry in plugin_entries(place, route, kind):
                _check_step(check, step, entry, plugin_base(kind))
    return check


def _modules(place: Place, route: dict[str, object]) -> Iterator[tuple[Place, object, type[object]]]:
    from databus.client.config import DEFAULT_QUEUE
    from databus.passenger.abstract_passenger import AbstractPassenger
    from databus.pqueue.abstract_queue import AbstractQueue

    yield (*place, "name"), route.get("name"), AbstractPassenger
    yield (*place, "queue"), route.get("queue", DEFAULT_QUEUE), AbstractQueue


def plugin_base(kind: str) -> type[object]:
    """Return the base class of a kind of plug-ins, one of ``PLUGIN_KINDS``."""
    from databus.processor.abstract_processor import AbstractProcessor
    from databus.puller.abstract_puller import AbstractPuller
    from databus.pusher.abstract_pusher import AbstractPusher

    return {"pullers": AbstractPuller, "processors": AbstractProcessor, "pushers": AbstractPusher}[kind]


def _loaded(check: PluginCheck, place: Place, module: object, base: type[object]) -> type[object] | None:
    from databus.client.config import is_module_name

    if not isinstance(module, str) or not is_module_name(module):
        return None  # the models say so
    check.watch((place, f"module {module} did not finish importing"))
    try:
        return load_plugin(module, base)
    except PluginError as error:
        check.problems.append((place, str(error)))
        return None


def _check_step(check: PluginCheck, place: Place, entry: dict[str, object], base: type[object]) -> None:
    plugin = _loaded(check, place, entry.get("module"), base)
    settings = entry.get("settings", {})
    if plugin is None or not isinstance(settings, dict):
        return
    inside = (*place, "settings")
    model = settings_model(plugin)
    if model is not None:
        _check_settings(check, inside, model, settings)
    elif settings:
        check.problems.append((inside, f"{entry['module']} takes no settings; take them out"))


def _check_settings(check: PluginCheck, place: Place, model: type[BaseModel], settings: dict[str, object]) -> None:
    check.watch((place, "the check of these settings did not end"))
    try:
        check.secrets.update(_secrets(model.model_validate(settings)))
    except ValidationError as error:
        problems = validation_problems(error, model, settings)
        check.problems.extend(((*place, *inner), reason) for inner, reason in problems)
    except BaseException as error:  # noqa: BLE001 - the border to foreign code: a plug-in's own checks may even exit
        check.problems.append((place, f"its check failed: {type(error).__name__}: {text_of(error)}"))


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("utf-8", "replace")
    elif isinstance(value, BaseModel):
        yield from _secrets(dict(value))
    elif isinstance(value, dict):
        yield from _secrets(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _secrets(item)
