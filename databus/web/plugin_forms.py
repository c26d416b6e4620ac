"""Forms for the settings of plug-ins, made of the models that the plug-ins bring along."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from databus.client.config import is_module_name
from databus.client.config_plugins import plugin_base
from databus.client.config_rules import PLUGIN_KINDS
from databus.client.step_editing import Spot
from databus.errors import ConfigError, DatabusError, NotFound
from databus.operating.route_steps import RouteStep, filled_in, route_steps, shipped_modules, step_at
from databus.operating.settings_fields import SettingsField, settings_fields
from databus.plugin import load_plugin, settings_model
from databus.web.checks import Checks

if TYPE_CHECKING:
    from pydantic import BaseModel

_SPOT = re.compile(rf"(\d{{1,6}})\.({'|'.join(PLUGIN_KINDS)})\.(\d{{1,6}}|new)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginForm:
    """A form as it is shown.

    Attributes:
        step: The plug-in, or the place for a new one; None where it cannot be found.
        module: The module whose settings are asked for; empty as long as none is chosen.
        modules: Those that might be chosen.
        trouble: Why there is no form, or why it was not taken.
    """

    step: RouteStep | None = None
    module: str = ""
    name: str = ""
    about: str = ""
    fields: list[SettingsField] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    trouble: str = ""

    def with_typed(self, name: str, typed: Mapping[str, str], trouble: str) -> "PluginForm":
        """Return the form with what somebody typed, and why it was not taken."""
        fields = [replace(each, value=typed.get(each.key, each.value)) for each in self.fields]
        return replace(self, name=name, fields=fields, trouble=trouble)


def spot_text(spot: Spot) -> str:
    """Return a place as a form sends it."""
    return f"{spot.route}.{spot.kind}.{'new' if spot.index is None else spot.index}"


def spot_of(text: str) -> Spot:
    """Return the place that a form sends.

    Raises:
        NotFound: It is none.
    """
    found = _SPOT.fullmatch(text)
    if found is None:
        raise NotFound("Choose a plug-in, or where a new one shall stand.")
    route, kind, index = found.groups()
    return Spot(int(route), kind, None if index == "new" else int(index))


def spots_in(content: bytes) -> list[RouteStep]:
    """Return what may be chosen in a text; nothing where it is not JSON."""
    try:
        return route_steps(content)
    except ConfigError:
        return []


def open_form(checks: Checks, content: bytes, spot: str, module: str = "") -> PluginForm:
    """Return the form of a plug-in.

    Args:
        module: To be put in the place of the one that is there; empty for that one.
    """
    try:
        step = step_at(content, spot_of(spot))
    except (ConfigError, NotFound) as error:
        return PluginForm(trouble=str(error))
    chosen = module or step.module
    form = PluginForm(step=step, module=chosen, name=step.name, modules=_choices(content, step.spot.kind))
    return _with_fields(form, checks) if chosen else form


def put(form: PluginForm, content: bytes, name: str, typed: Mapping[str, str]) -> bytes:
    """Return a text with what was filled in.

    Raises:
        DatabusError: It cannot be put in; the text says why.
    """
    if form.step is None or form.trouble or not form.module:
        raise DatabusError(form.trouble or "Choose a module first.")
    return filled_in(content, form.step.spot, module=form.module, name=name.strip(), fields=form.fields, typed=typed)


def _choices(content: bytes, kind: str) -> list[str]:
    used = {step.module for step in route_steps(content) if step.spot.kind == kind and is_module_name(step.module)}
    return sorted({*shipped_modules(kind), *used})


def _with_fields(form: PluginForm, checks: Checks) -> PluginForm:
    assert form.step is not None
    kind = form.step.spot.kind
    trouble = _why_not(checks, kind, form.module)
    if trouble:
        return replace(form, trouble=trouble)
    model = settings_model(load_plugin(form.module, plugin_base(kind)))
    if model is None:
        return replace(form, about="This module takes no settings.")
    try:
        fields = settings_fields(model, form.step.settings)
    except Exception as error:  # noqa: BLE001 - the border to foreign code: a plug-in's model may refuse to be described
        said = f"There is no form for the settings of {form.module}: {type(error).__name__}: {error}"
        return replace(form, trouble=said)
    return replace(form, fields=fields, about=_about(model))


def _about(model: "type[BaseModel]") -> str:
    return (model.__doc__ or "").strip()


def _why_not(checks: Checks, kind: str, module: str) -> str:
    """Return why a module cannot be loaded; it is imported as for a check, so that one that hangs hinders nobody."""
    if not is_module_name(module):
        return f"{module!r} is not the dotted name of a Python module, such as databus.puller.files."
    route = {"name": "databus.passenger.document", kind: [module]}
    checked = checks.check(json.dumps({"passengers": [route]}).encode(), "form")
    place = f"passengers[0].{kind}[0]"
    return next((each.reason for each in checked.problems if each.path == place), checked.note)
