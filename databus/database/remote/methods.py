"""The methods of the storage contract that travel, and the forms of their arguments and results."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, get_args, get_origin, get_type_hints

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Duplicate, Seated
from databus.database.remote.codec import Content, Decoder, decoder, encode
from databus.passenger.attachment import Attachment

NOT_SERVED = frozenset({"open", "close"})
"""The life of a database is its owner's affair."""

REPEATABLE = frozenset(
    {"seat", "claim", "renew", "find", "find_ids", "counts", "load", "load_whole", "open_attachment", "purge",
     "append_log", "find_logs", "read_log", "clients", "read_document", "write_document", "list_documents",
     "document_history", "lock"}
)  # fmt: skip
"""What may be called again when a connection broke during the call, as ``sql_db`` does it, too.

Of ``seat`` and ``write_document`` not every call may. What was claimed by the first of two calls waits for the end of
its lease. Not among them is ``record``, which counts attempts: whoever records looks first what is stored.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the contract.

    Attributes:
        signature: Without ``self``.
        arguments: The decoder of each.
        result: The decoder of the result; unused where it is a stream or a selection.
        selects: The argument of which the result is a part: it travels as positions, and the caller gets back the very
            objects that it gave. Empty for other methods.
        streams: Whether the result is a stream of bytes.
    """

    name: str
    signature: inspect.Signature
    arguments: Mapping[str, Decoder]
    result: Decoder | None
    selects: str
    streams: bool

    def decode_arguments(self, data: Mapping[str, Any], contents: Sequence[Content]) -> dict[str, Any]:
        """Return the arguments for a call by keyword."""
        return {name: self.arguments[name](value, contents) for name, value in data.items()}

    def encode_result(self, result: Any, arguments: Mapping[str, Any]) -> Any:
        """Return a result, which is no stream, for JSON."""
        if self.selects:
            return [place for place, item in enumerate(arguments[self.selects]) if item in result]
        contents: list[Attachment] = []
        return encode(result, contents)

    def may_be_repeated(self, arguments: Mapping[str, Any], contents: Sequence[Attachment]) -> bool:
        """Whether a call may be done twice: with the same effect as once, and nobody takes harm."""
        if self.name == "seat":  # the stream of a plug-in is not asked for twice
            return all(attachment.is_at_hand for attachment in contents)
        if self.name == "write_document":  # a check of the version must not meet its own first try
            return arguments["expected"] is None and not arguments.get("backup", True)
        return self.name in REPEATABLE

    def after_repeating(self, result: Any, arguments: Mapping[str, Any]) -> Any:
        """Return the result of a call that was done again: what the first try has seated is no duplicate of it."""
        if self.name != "seat":
            return result
        return [
            Seated(internal_id=one.internal_id)
            if isinstance(one, Duplicate) and one.internal_id == new.entry.internal_id
            else one
            for one, new in zip(result, arguments["entries"], strict=True)
        ]

    def decode_result(self, data: Any, arguments: Mapping[str, Any]) -> Any:
        """Return the result of a call that was made with these arguments."""
        if self.selects:
            return [arguments[self.selects][place] for place in data]
        assert self.result is not None
        return self.result(data, ())


@cache
def served_methods() -> Mapping[str, Method]:
    """Return every method of the contract that other processes can call, by name."""
    functions = {name: found for name, found in vars(AbstractDatabase).items() if inspect.isfunction(found)}
    names = sorted(name for name in functions if not name.startswith("_") and name not in NOT_SERVED)
    return {name: _method(name, functions[name]) for name in names}


def _method(name: str, function: Any) -> Method:
    hints = get_type_hints(function)
    result = hints.pop("return")
    selects = next((argument for argument, hint in hints.items() if _selects(hint, result)), "")
    streams = result is BinaryIO
    signature = inspect.signature(function)
    return Method(
        name=name,
        signature=signature.replace(parameters=list(signature.parameters.values())[1:]),
        arguments={argument: decoder(hint) for argument, hint in hints.items()},
        result=None if streams or selects else decoder(result),
        selects=selects,
        streams=streams,
    )


def _selects(argument: Any, result: Any) -> bool:
    return get_origin(argument) is Sequence and get_origin(result) is list and get_args(argument) == get_args(result)
