r"""References in the texts of a configuration: ``${NAME}``, ``${NAME:-default}`` and ``${file:/path}``.

- ``${NAME}`` is an environment variable; ``${NAME:-default}`` takes the default where it is unset or empty.
- ``${file:/path}`` is a file's content without the line breaks at its end; a relative path is relative to the working
  directory.
- ``$${`` is a literal ``${``.

What a reference gives is not read for references again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from databus.client.json_text import Place

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<body>[^}]*)(?P<closed>\}?)")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?", re.DOTALL)
_LITERAL_HINT = "write $${ for a literal ${"
_LARGEST_FILE = 1024 * 1024


class BadReference(ValueError):
    """A reference cannot be resolved; the text says why and what to do, without the referenced value."""


@dataclass(slots=True)
class Interpolation:
    """What came out of resolving the references of a document.

    Attributes:
        value: The document with each reference replaced; where that was impossible, with its text as it stands.
        secrets: What came from the environment and from files; defaults stand in the configuration and are no secrets.
        problems: Place and reason of each reference that cannot be resolved.
    """

    value: object = None
    secrets: set[str] = field(default_factory=set)
    problems: list[tuple[Place, str]] = field(default_factory=list)


def interpolate(document: object, environ: Mapping[str, str]) -> Interpolation:
    """Resolve the references in all texts of a JSON document; keys are left as they are."""
    found = Interpolation()
    found.value = _resolved(document, (), environ, found)
    return found


def _resolved(value: object, place: Place, environ: Mapping[str, str], found: Interpolation) -> object:
    if isinstance(value, dict):
        return {key: _resolved(inner, (*place, key), environ, found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, (*place, index), environ, found) for index, inner in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _resolved_text(value, place, environ, found)
    return value


def _resolved_text(text: str, place: Place, environ: Mapping[str, str], found: Interpolation) -> str:
    problems = []

    def replacement(match: re.Match[str]) -> str:
        try:
            return _replacement(match, environ, found.secrets)
        except BadReference as error:
            problems.append((place, str(error)))
            return match.group()

    replaced = _REFERENCE.sub(replacement, text)
    found.problems.extend(problems)
    return text if problems else replaced


def has_reference(text: str) -> bool:
    """Whether a text has a reference, or what was meant as one."""
    return bool(references(text))


def references(text: str) -> list[str]:
    """Return the references in a text, and what was meant as one."""
    return [match.group() for match in _REFERENCE.finditer(text) if match.group() != "$${"]


def escaped(text: str) -> str:
    """Return a text in such a form that it is read as it is, whatever stands in it."""
    return text.replace("${", "$${")


def unescaped(text: str) -> str:
    """Return what a text without references is read as."""
    return text.replace("$${", "${")


def _replacement(match: re.Match[str], environ: Mapping[str, str], secrets: set[str]) -> str:
    if match.group() == "$${":
        return "${"
    body = match["body"]
    if not match["closed"]:
        raise BadReference(f"a reference is not closed by }}; {_LITERAL_HINT}")
    if body.startswith("file:"):
        return _kept(_file_content(body.removeprefix("file:")), secrets)
    variable = _VARIABLE.fullmatch(body)
    if not variable or "${" in body:
        raise BadReference(f"a reference is ${{NAME}}, ${{NAME:-default}} or ${{file:/path}}; {_LITERAL_HINT}")
    return _variable_value(variable["name"], variable["default"], environ, secrets)


def _variable_value(name: str, default: str | None, environ: Mapping[str, str], secrets: set[str]) -> str:
    value = environ.get(name)
    if not value and default is not None:
        return default.removeprefix(":-")
    if value is None:
        raise BadReference(f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}")
    return _kept(value, secrets)


def _file_content(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadReference(f"the file {path!r} cannot be read: {reason}") from None
    if len(content) > _LARGEST_FILE:
        raise BadReference(f"the file {path!r} is larger than 1 MiB, too large for a setting")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadReference(f"the file {path!r} is not UTF-8 text") from None


def _kept(value: str, secrets: set[str]) -> str:
    if value:
        secrets.add(value)
    return value
