"""Reading a client's config.json: everything that is wrong is told at once, each with its place and its remedy."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from databus.client import json_text
from databus.client.config import ClientConfig
from databus.client.config_plugins import check_plugins as plugin_check
from databus.client.config_problems import validation_problems
from databus.client.config_rules import Finding, broken_rules, doubts
from databus.client.interpolation import interpolate
from databus.client.json_text import Place, place_text
from databus.client.passwords import is_hashed_token
from databus.client.redaction import redact
from databus.errors import ConfigError, Problem

CONFIG_FILE = "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedConfig:
    """A configuration that can be used.

    Attributes:
        config: The configuration, its references resolved.
        secrets: What must not be shown: values that came from the environment and from files, SecretStr settings of
            plug-ins, and plain tokens. Passwords of users are not among them: no plug-in sees them, and plain ones
            are replaced by hashes.
        warnings: What is allowed, but may not be what its author wants.
    """

    config: ClientConfig
    secrets: frozenset[str] = field(repr=False)
    warnings: tuple[Problem, ...] = ()


def watch_nothing(finding: Finding) -> None:
    """Let what may hang hang."""


def load_config(
    data: bytes,
    *,
    file: str,
    environ: Mapping[str, str],
    check_plugins: bool = True,
    watch: Callable[[Finding], None] = watch_nothing,
) -> LoadedConfig:
    """Read a configuration. Where plug-ins are checked this may hang; ``ConfigReading`` sets it a limit.

    Args:
        data: Content of config.json: UTF-8 with or without a byte order mark.
        file: How problems call it.
        environ: Where ``${NAME}`` is looked up.
        check_plugins: Whether the plug-ins are imported and their settings checked, too.
        watch: Is told, before anything is done that may hang, what to say if it does.

    Raises:
        ConfigError: With everything that is wrong.
    """
    root = parse_config(data, file=file)
    found = interpolate(json_text.plain(root), environ)
    findings = _repeated_keys(root, data)
    unresolved = {place for place, _ in found.problems}
    config, refused = _validated(found.value)
    findings += found.problems + _without(unresolved, refused) + list(broken_rules(found.value))
    secrets = found.secrets
    if check_plugins:
        check = plugin_check(found.value, watch)
        findings += _without(unresolved, check.problems)
        secrets |= check.secrets
    if findings or config is None:
        raise ConfigError(_problems(file, findings, secrets))
    secrets |= _plain_tokens(config)
    return LoadedConfig(
        config=config,
        secrets=frozenset(secrets - {""}),
        warnings=tuple(_problems(file, doubts(found.value), secrets)),
    )


def parse_config(data: bytes, *, file: str) -> json_text.Node:
    """Return the tree of a configuration's JSON; its offsets count in :func:`config_text`.

    Raises:
        ConfigError: It is not UTF-8 or not JSON; the problem names line and column.
    """
    try:
        return json_text.parse(config_text(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"this is not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        raise ConfigError([Problem(file, f"line {line}", reason)]) from None
    except json_text.JsonSyntaxError as error:
        empty = not data.strip()
        place = "" if empty else f"line {error.line}, column {error.column}"
        reason = 'the file is empty; write at least {"passengers": []}' if empty else str(error)
        raise ConfigError([Problem(file, place, reason)]) from None


def config_text(data: bytes) -> str:
    """Return a configuration as text, its byte order mark included if it has one."""
    return data.decode("utf-8")


def _repeated_keys(root: json_text.Node, data: bytes) -> list[Finding]:
    text = config_text(data)
    return [
        (place, f"this key stands in the same object before; line {json_text.position(text, offset)[0]} repeats it")
        for place, offset in json_text.duplicate_keys(root)
    ]


def _validated(document: object) -> tuple[ClientConfig | None, list[Finding]]:
    try:
        return ClientConfig.model_validate(document), []
    except ValidationError as error:
        return None, list(validation_problems(error, ClientConfig, document))


def _without(unresolved: set[Place], findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what follows only from a reference that could not be resolved."""
    return [(place, reason) for place, reason in findings if not any(_follows(place, bad) for bad in unresolved)]


def _follows(place: Place, bad: Place) -> bool:
    """Whether a finding is about an unresolved reference, or about settings as a whole that one is part of."""
    return place[: len(bad)] == bad or ("settings" in place and bad[: len(place)] == place)


def _problems(file: str, findings: Iterable[Finding], secrets: set[str]) -> list[Problem]:
    unique = dict.fromkeys(findings)
    return [Problem(file, place_text(place), redact(reason, secrets)) for place, reason in unique]


def _plain_tokens(config: ClientConfig) -> set[str]:
    tokens = {user.token.get_secret_value() for user in config.users}
    return {token for token in tokens if not is_hashed_token(token)}
