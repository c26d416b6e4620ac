"""Which plug-in a step calls, with whom, and how many at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from databus.database.records import Step
from databus.driver.contents import copy_contents
from databus.driver.plugins import Plugins
from databus.plugin import load_plugin
from databus.pqueue.abstract_queue import QueuedPassenger
from databus.pqueue.outcome import StepKind
from databus.processor.abstract_processor import AbstractProcessor
from databus.puller.abstract_puller import AbstractPuller
from databus.pusher.abstract_pusher import AbstractPusher

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import PluginConfig, RouteConfig


def run_step(plugins: Plugins, route: "RouteConfig", step: Step, passengers: Sequence[QueuedPassenger]) -> None:
    """Call the plug-in of a step to its end, and copy what a processor attached, before the time limit is over."""
    plugins.run_to_end(call_step(plugins, route, step, passengers))
    if step.kind is StepKind.PROCESS:
        for passenger in passengers:
            copy_contents(passenger.status.passenger)


def call_step(plugins: Plugins, route: "RouteConfig", step: Step, passengers: Sequence[QueuedPassenger]) -> Any:
    """Call the plug-in of a step; give back what it returned, which may be awaitable."""
    statuses = [passenger.status for passenger in passengers]
    for status in statuses:
        status.running = step.name  # tells two steps of one module apart when their plug-in sets its own status
    match step.kind:
        case StepKind.NOTIFY:
            entry = passengers[0].entry
            config = _configured(route.pullers, entry.puller_module, entry.puller_name, step.kind, passengers)
            puller = plugins.get(AbstractPuller, config)
            return puller.notify_passengers_seated([status.passenger for status in statuses])
        case StepKind.PROCESS:
            config = _configured(route.processors, step.module, step.name, step.kind, passengers)
            return plugins.get(AbstractProcessor, config).process(statuses)
        case StepKind.PUSH:
            config = _configured(route.pushers, step.module, step.name, step.kind, passengers)
            return plugins.get(AbstractPusher, config).push(statuses[0])


def group_size(step: Step) -> int:
    """Return how many passengers a step takes at once: a processor says it, pushers take one, notifications all."""
    match step.kind:
        case StepKind.NOTIFY:
            return 2**31
        case StepKind.PUSH:
            return 1
        case StepKind.PROCESS:
            try:
                return max(1, int(load_plugin(step.module, AbstractProcessor).batch_size))
            except Exception:  # noqa: BLE001 - the border to foreign code: the call itself will fail, and say why
                return 1


def _configured(
    plugins: Sequence["PluginConfig"],
    module: str,
    name: str,
    kind: StepKind,
    passengers: Sequence[QueuedPassenger],
) -> "PluginConfig":
    """Return the route's plug-in of this name, or the only one of this module, which was renamed then.

    One that left the configuration still serves those who were seated before, if it needs no settings. Another one of
    its module that the passengers have a step for is none that was renamed: it has a target of its own.
    """
    for plugin in plugins:
        if plugin.name == name:
            return plugin
    of_module = [plugin for plugin in plugins if plugin.module == module]
    known = {own.name for each in passengers for own in each.entry.steps if own.kind is kind}
    was_renamed = len(of_module) == 1 and of_module[0].name not in known
    return of_module[0] if was_renamed else _bare(module, name)


def _bare(module: str, name: str) -> "PluginConfig":
    from databus.client.config import PluginConfig

    return PluginConfig(module=module, name=name)
