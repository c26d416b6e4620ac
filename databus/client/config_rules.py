"""Rules of a configuration that no single model can see.

They read the bare document, so that they find everything at once, even where a model refuses something else.
"""

from collections.abc import Iterator

from databus.client.json_text import Place, place_text

PLUGIN_KINDS = ("pullers", "processors", "pushers")

Finding = tuple[Place, str]


def broken_rules(document: object) -> Iterator[Finding]:
    """Give place and reason of everything that contradicts something else in a document."""
    yield from _repeated(document, "users", "username", "user name")
    yield from _repeated(document, "passengers", "name", "route")
    for place, route in entries(document, "passengers"):
        yield from _repeated_steps(place, route)
        yield from _two_schedules(place, route)
        yield from _shrinking_delay(place, route)


def doubts(document: object) -> Iterator[Finding]:
    """Give place and reason of what is allowed, but may not be what its author wants."""
    users = list(entries(document, "users"))
    for place, user in users:
        if "role" not in user:
            yield place, 'has no role, so it is read as "operator", as in Databus 8; give it a role'
    if not users and not (isinstance(document, dict) and "open" in document):
        yield (), 'there are no users, so only those of root can enter; add one, or write "open": true or false'
    if users and isinstance(document, dict) and document.get("open") is True:
        yield ("open",), "has no effect while there are users; write false, unless everybody may enter without them"
    for place, route in entries(document, "passengers"):
        if "pullers" not in route:
            yield place, 'has no pullers, so nothing is pulled; if others hand its passengers over, write "pullers": []'
        if "time_zone" in route and not route.get("schedule"):
            yield (*place, "time_zone"), "has no effect without a schedule"


def entries(document: object, key: str) -> Iterator[tuple[Place, dict[str, object]]]:
    """Give place and content of each object in the list under a key of a document, whatever the document is."""
    items = document.get(key) if isinstance(document, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield (key, index), item


def plugin_entries(place: Place, route: dict[str, object], kind: str) -> Iterator[tuple[Place, dict[str, object]]]:
    """Give place and content of each plug-in of one kind of a route; a bare module name as an object with it."""
    items = route.get(kind)
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, str):
            yield (*place, kind, index), {"module": item}
        elif isinstance(item, dict):
            yield (*place, kind, index), item


def _repeated(document: object, key: str, name_key: str, called: str) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for place, entry in entries(document, key):
        name = entry.get(name_key)
        if isinstance(name, str) and first.setdefault(name, place) != place:
            yield (*place, name_key), f"the {called} {name!r} is already taken by {place_text(first[name])}"


def _repeated_steps(place: Place, route: dict[str, object]) -> Iterator[Finding]:
    for kind in PLUGIN_KINDS:
        first: dict[str, Place] = {}
        for step, entry in plugin_entries(place, route, kind):
            name = entry.get("name") or entry.get("module")
            if isinstance(name, str) and first.setdefault(name, step) != step:
                yield step, f'{name!r} is already the name of {place_text(first[name])}; give each a "name" of its own'


def _two_schedules(place: Place, route: dict[str, object]) -> Iterator[Finding]:
    if route.get("schedule") and _positive(route.get("sync_frequency")):
        yield (*place, "schedule"), "a route has either a schedule or a sync_frequency; take one of them out"


def _shrinking_delay(place: Place, route: dict[str, object]) -> Iterator[Finding]:
    from databus.client.config import RetryConfig

    retry = route.get("retry")
    if not isinstance(retry, dict):
        return
    fields = RetryConfig.model_fields
    first, most = (retry.get(key, fields[key].default) for key in ("first_delay", "max_delay"))
    if _positive(first) and _positive(most) and first > most:
        yield (*place, "retry"), f"first_delay ({first:g}) is longer than max_delay ({most:g})"


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
