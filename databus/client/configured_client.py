"""From a configuration to the objects that plug-ins and observers know."""

from databus.client.client import Client
from databus.client.client_passenger import ClientPassenger
from databus.client.config import ClientConfig, PluginConfig, RouteConfig, UserConfig
from databus.client.user import Credential, Role, User

_ROLES = {"administrator": Role.ADMINISTRATOR, "operator": Role.OPERATOR}


class ConfiguredPassenger(ClientPassenger):
    """A client passenger whose whole configuration is at hand."""

    config: RouteConfig


def to_client(client_id: str, config: ClientConfig) -> Client:
    """Return the client that a configuration describes; its passengers are :class:`ConfiguredPassenger`."""
    return Client(
        client_id,
        [_passenger(route) for route in config.passengers],
        _whole(config.log_life_span),
        [_user(user) for user in config.users],
    )


def _passenger(route: RouteConfig) -> ConfiguredPassenger:
    passenger = ConfiguredPassenger(
        route.name,
        _modules(route.pullers),
        route.queue,
        _modules(route.processors),
        _modules(route.pushers),
        _whole(route.sync_frequency),
        _whole(route.queue_life_span),
    )
    passenger.config = route
    return passenger


def _user(user: UserConfig) -> User:
    credential = Credential(user.username, user.password.get_secret_value(), user.token.get_secret_value())
    return User(credential, _ROLES[user.role])


def _modules(plugins: list[PluginConfig]) -> list[str]:
    return [plugin.module for plugin in plugins]


def _whole(number: float) -> float:
    """Return an int where it is one, as plug-ins of Databus 8 know it."""
    return int(number) if number == int(number) else number
