"""The file that tells other processes of the same user where the owner of a database listens, and its secret."""

import contextlib
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from databus import __version__
from databus.errors import StoreError, StoreUnreachable
from databus.timestamps import utc_now

ENDPOINT_FILE = "owner_endpoint.json"
"""Its name in the folder that belongs to the database."""

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the owner of a database listens.

    Attributes:
        port: On 127.0.0.1.
        token: The secret that both sides must know, as hexadecimal digits.
        pid, host, started: The owner, for people.
        version: The owner's Databus.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_hex(TOKEN_BYTES), repr=False)
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)
    started: str = field(default_factory=lambda: utc_now().isoformat())
    version: str = __version__

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (Databus {self.version}, started {self.started})"

    @property
    def secret(self) -> bytes:
        """The token as it is used."""
        return bytes.fromhex(self.token)

    def write(self, path: Path) -> None:
        """Write the file whole, readable by this user only from its first moment on.

        Raises:
            StoreError: It cannot be written.
        """
        draft = path.with_name(f"{path.name}.{self.pid}.new")
        try:
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
            os.replace(draft, path)
        except OSError as error:
            raise StoreError(f"{path}, by which other processes find this one, cannot be written: {error}") from error

    def remove(self, path: Path) -> None:
        """Remove the file, unless a later owner has written its own."""
        with contextlib.suppress(StoreUnreachable, OSError):
            if Endpoint.read(path) == self:
                path.unlink()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            StoreUnreachable: There is none, or it is not what an owner writes.
        """
        try:
            return cls._checked(orjson.loads(path.read_bytes()))
        except FileNotFoundError:
            raise StoreUnreachable(f"No running process serves this database: {path} does not exist") from None
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise StoreUnreachable(f"{path} does not say where the owner of the database listens: {error}") from error

    @classmethod
    def _checked(cls, values: dict[str, Any]) -> Self:
        found = cls(**{name: values[name] for name in cls.__slots__})
        if len(found.secret) != TOKEN_BYTES:
            raise ValueError("its token is wrong")
        return found
