"""The models of config.json, strict: an unknown key or a wrong type is refused, and nothing is guessed.

What is not given is empty ("" or []), 0 or the default named here; only ``retry`` may be None. Read a configuration
with ``config_loader.load_config``, which also resolves references and checks what a single model cannot see.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    model_validator,
)
from pydantic_core import CoreSchema

from databus.client.cron import cron_expression, time_zone_name

DEFAULT_QUEUE = "databus.pqueue.primal_queue"
DAYS = 365_000
MINUTES = 525_600_000
SECONDS = 31_536_000

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def is_module_name(value: str) -> bool:
    """Whether a text has the form of a Python module's dotted name."""
    return _MODULE.fullmatch(value) is not None


def _module_name(value: str) -> str:
    if not is_module_name(value):
        raise ValueError("this is not the dotted name of a Python module, such as databus.puller.files")
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def moment_of(value: str) -> datetime | None:
    """Return the time that a configuration means; None for none."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_with_zone(value: str) -> str:
    """Return a time as a configuration has it; empty is none. Raises ValueError where it is anything else."""
    if value and (_MOMENT.fullmatch(value) is None or moment_of(value) is None):
        raise ValueError("this is no time with its zone, such as 2027-01-01T00:00:00Z")
    return value


Module = Annotated[str, AfterValidator(_module_name)]
Moment = Annotated[str, AfterValidator(time_with_zone), Field(json_schema_extra={"pattern": f"^({_MOMENT.pattern})?$"})]
Cron = Annotated[str, AfterValidator(cron_expression)]
Zone = Annotated[str, AfterValidator(time_zone_name)]
LifeSpan = Annotated[float, Field(ge=0, le=DAYS, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0, le=SECONDS, allow_inf_nan=False)]


class StrictModel(BaseModel):
    """Base of the models: unknown keys and wrong types are refused, instances do not change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class PluginConfig(StrictModel):
    """A puller, processor or pusher: the name of its module, or an object."""

    module: Module = Field(description="Python module of the plug-in.", examples=["databus.puller.files"])
    name: str = Field(
        "",
        description="Name of the step, unique among the pullers, the processors or the pushers of the route; "
        "operators see it, and the queue knows the step by it. Default: the module.",
        examples=["orders in"],
    )
    settings: dict[str, Any] = Field({}, repr=False, description="Settings of the plug-in, checked by its own model.")

    @model_validator(mode="before")
    @classmethod
    def _normalise(cls, value: object) -> object:
        if isinstance(value, str):
            value = {"module": value}
        if not isinstance(value, dict):
            raise ValueError('expected the name of a module, or an object {"module", "name", "settings"}')
        unnamed = value.get("name", "") == "" and isinstance(value.get("module"), str)
        return {**value, "name": value["module"]} if unnamed else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Show both forms, the bare module name and the object."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        module = dict(schema["properties"]["module"], title="Module name")
        return {"description": schema.pop("description"), "anyOf": [module, schema]}


class RetryConfig(StrictModel):
    """When a failed step is tried again: after a delay that doubles each time."""

    max_attempts: int = Field(
        ge=1, le=1_000_000, description="After so many failed attempts the passenger is dead and waits for an operator."
    )
    first_delay: Delay = Field(60, description="Seconds until the second attempt.")
    max_delay: Delay = Field(3600, description="The most seconds between two attempts.")

    def delay_after(self, attempts: int) -> timedelta:
        """Return how long to wait after so many failed attempts (1 or more)."""
        doublings = min(attempts - 1, 60)  # 2 ** 60 exceeds every allowed delay
        return timedelta(seconds=min(self.first_delay * 2**doublings, self.max_delay))


class RouteConfig(StrictModel):
    """What the client does with one passenger type."""

    name: Module = Field(
        description="Python module of the passenger type.", examples=["databus.passenger.demo.demo_passenger_1"]
    )
    pullers: list[PluginConfig] = Field([], description="Data sources.")
    processors: list[PluginConfig] = Field([], description="Filters, validations and conversions, run in this order.")
    pushers: list[PluginConfig] = Field([], description="Data targets.")
    queue: Module = Field(DEFAULT_QUEUE, description="Python module of the queue.")
    queue_life_span: LifeSpan = Field(1, description="Days for which complete passengers are kept.")
    sync_frequency: Annotated[float, Field(le=MINUTES)] = Field(
        0, description="Minutes between drives; a fraction is allowed. 0 or less: only on demand."
    )
    schedule: Cron = Field(
        "",
        description="Instead of sync_frequency: a cron expression of minute, hour, day, month and day of week.",
        examples=["30 6 * * 1-5"],
    )
    time_zone: Zone = Field(
        "UTC",
        description="Time zone of the schedule, and of the days by which the web page counts.",
        examples=["Europe/Berlin"],
    )
    retry: RetryConfig | None = Field(None, description="Default: a failed step is tried again at every drive.")
    time_limit: Annotated[float, Field(gt=0, le=SECONDS)] = Field(600, description="Seconds that one step may take.")
    record: Literal["batch", "each"] = Field(
        "batch",
        description="batch: outcomes are durable 20 ms after they happened at the latest; "
        "each: before the next push of the drive.",
    )
    workers: int = Field(1, ge=1, le=256, description="How many passengers are pushed side by side.")


class UserConfig(StrictModel):
    """A person, or a program, that may use the client's pages and API."""

    username: str = Field(min_length=1, description="Unique within the client.")
    password: SecretStr = Field(
        SecretStr(""), description="An argon2 hash. A plain one is replaced by its hash. Empty: none."
    )
    role: Annotated[Literal["administrator", "operator"], BeforeValidator(_lower)] = Field(
        "operator", description="An operator handles the queue; an administrator configures, too."
    )
    token: SecretStr = Field(SecretStr(""), description="For programs; `databus user` makes one. Empty: none.")
    token_scope: Literal["read", "write"] = Field("write", description="Whether the token may only read.")
    token_expires: Moment = Field(
        "", description="From then on the token is refused. Empty: never.", examples=["2027-01-01T00:00:00Z"]
    )


class ClientConfig(StrictModel):
    """Configuration of one client of Databus."""

    json_schema: str = Field("", alias="$schema", description="Where editors find this schema; Databus ignores it.")
    log_life_span: LifeSpan = Field(
        1, description="Days for which logs of drives are kept; all others for a year at least."
    )
    passengers: list[RouteConfig] = Field([], description="The routes.")
    users: list[UserConfig] = Field([], description="Who may enter; nobody if empty, unless the client is open.")
    open: bool = Field(False, description="Whether a client without users can be entered by everybody.")

    def route(self, name: str) -> RouteConfig | None:
        """Return a route by name; None where there is none of that name."""
        return next((route for route in self.passengers if route.name == name), None)
