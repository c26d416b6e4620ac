"""A database that another process of the same user and machine owns."""

import io
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from databus.database.abstract_database import AbstractDatabase
from databus.database.remote.codec import encode
from databus.database.remote.connections import Connections
from databus.database.remote.contents import ChunkStream, send_content
from databus.database.remote.failures import decode_error
from databus.database.remote.methods import Method, served_methods
from databus.database.remote.wire import ConnectionLost, Wire, pack_message
from databus.errors import ConfigError, Problem, StoreError, StoreUnreachable
from databus.passenger.attachment import Attachment


class OwnerGone(StoreUnreachable):
    """The owner does not answer, and the call may be done again: it was not done, or may be done twice."""


P = ParamSpec("P")
R = TypeVar("R")


def _forward(method: Callable[P, R]) -> Callable[P, R]:
    """Return a method of the same signature that lets the owner do it."""

    @wraps(method, updated=())  # not its __dict__, which says that it is abstract
    def forwarded(*args: P.args, **kwargs: P.kwargs) -> R:
        remote, *given = args
        assert isinstance(remote, RemoteDatabase)
        result: R = remote.call(method.__name__, given, kwargs)
        return result

    return forwarded


class RemoteDatabase(AbstractDatabase):
    """Lets the process that owns the database do every call; see ``DatabaseServer``.

    Args:
        arguments: ``endpoint`` is the path of the owner's ``owner_endpoint.json``.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__(arguments)
        if set(arguments) != {"endpoint"} or not isinstance(arguments["endpoint"], (str, Path)):
            reason = f"must have exactly endpoint, the path of the owner's file, not {sorted(arguments)}"
            raise ConfigError([Problem("database arguments", "endpoint", reason)])
        self._connections = Connections(Path(arguments["endpoint"]))

    def open(self) -> None:
        """Connect to the owner."""
        self._connections.open()

    def close(self) -> None:
        """Close the connections; the owner and its database go on."""
        self._connections.close()

    seat = _forward(AbstractDatabase.seat)
    claim = _forward(AbstractDatabase.claim)
    renew = _forward(AbstractDatabase.renew)
    record = _forward(AbstractDatabase.record)
    find = _forward(AbstractDatabase.find)
    find_ids = _forward(AbstractDatabase.find_ids)
    counts = _forward(AbstractDatabase.counts)
    load = _forward(AbstractDatabase.load)
    load_whole = _forward(AbstractDatabase.load_whole)
    open_attachment = _forward(AbstractDatabase.open_attachment)
    purge = _forward(AbstractDatabase.purge)
    append_log = _forward(AbstractDatabase.append_log)
    find_logs = _forward(AbstractDatabase.find_logs)
    read_log = _forward(AbstractDatabase.read_log)
    clients = _forward(AbstractDatabase.clients)
    delete_client = _forward(AbstractDatabase.delete_client)
    read_document = _forward(AbstractDatabase.read_document)
    write_document = _forward(AbstractDatabase.write_document)
    list_documents = _forward(AbstractDatabase.list_documents)
    document_history = _forward(AbstractDatabase.document_history)
    delete_document = _forward(AbstractDatabase.delete_document)
    lock = _forward(AbstractDatabase.lock)

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Let the owner call a method of the contract.

        Raises:
            OwnerGone: The owner has gone; the call may be done again.
            StoreUnreachable: The owner has gone during a call that must not be done twice, and may have been done.
        """
        method = served_methods()[name]
        arguments = method.signature.bind(*args, **kwargs).arguments
        contents: list[Attachment] = []
        encoded = encode(arguments, contents)
        request = _packed({"method": name, "arguments": encoded, "contents": len(contents)})
        try:
            return self._exchange(method, request, contents, arguments)
        except ConnectionLost as lost:
            if not method.may_be_repeated(arguments, contents):
                reason = f"The owner of the database has gone during {name}: {lost}. It may or may not have been done"
                raise StoreUnreachable(reason) from lost
        try:
            return method.after_repeating(self._exchange(method, request, contents, arguments), arguments)
        except ConnectionLost as lost:
            raise OwnerGone(f"The owner of the database has gone twice during {name}: {lost}") from lost

    def _exchange(
        self, method: Method, request: bytes, contents: list[Attachment], arguments: Mapping[str, Any]
    ) -> Any:
        try:
            wire = self._connections.borrow()
        except StoreUnreachable as error:
            raise OwnerGone(str(error)) from error
        try:
            wire.send_packed(request)
            for attachment in contents:
                send_content(wire, attachment)
            answer = wire.receive_message()
        except BaseException:
            self._connections.give_back(wire, good=False)
            raise
        if method.streams and "error" not in answer:
            return self._stream(wire)
        self._connections.give_back(wire, good=True)
        if "error" in answer:
            raise decode_error(answer["error"])
        return method.decode_result(answer["result"], arguments)

    def _stream(self, wire: Wire) -> io.BufferedReader:
        return io.BufferedReader(
            ChunkStream(wire, lambda good: self._connections.give_back(wire, good=good), _stream_failure)
        )


def _packed(message: dict[str, Any]) -> bytes:
    try:
        return pack_message(message)
    except ValueError as error:
        raise StoreError(f"Too much for one call: {error}") from error


def _stream_failure(message: dict[str, Any]) -> Exception:
    if "error" in message:
        return decode_error(message["error"])
    return StoreUnreachable(f"The owner of the database has gone while a content was read: {message.get('lost')}")
