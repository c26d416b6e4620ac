"""Both sides prove that they know the token, which itself never travels, before anything else is read.

The client sends a fixed number of bytes: a magic word, the version of the protocol, a random nonce and its proof.
The server answers with one byte and its own proof over the client's nonce. So a stranger that listens on the port of
an owner that died learns nothing and is not believed.
"""

import hmac
import secrets
import struct

from databus.database.remote.wire import ConnectionLost, Wire

PROTOCOL = 2
"""Raise this when a method or a record of the storage contract, or a frame, changes its shape."""

HANDSHAKE_TIME = 10.0
"""Seconds for all of the other side's part."""

_MAGIC = b"databus\n"
_NONCE = 16
_PROOF = 32
_HELLO = struct.Struct(f">{len(_MAGIC)}sH{_NONCE}s{_PROOF}s")
_WELCOME, _STRANGER, _OTHER_VERSION = b"+", b"-", b"v"


class Refusal(ConnectionLost):
    """The other side did not write the endpoint file, or speaks another version; trying again is useless."""


def _proof(secret: bytes, role: bytes, nonce: bytes) -> bytes:
    return hmac.digest(secret, role + nonce, "sha256")


def introduce(wire: Wire, secret: bytes, protocol: int = PROTOCOL, *, within: float = HANDSHAKE_TIME) -> None:
    """Make the other side of a new connection talk to us.

    Raises:
        Refusal: It does not know the token, or does not accept ours or our version.
        ConnectionLost: It does not answer.
    """
    nonce = secrets.token_bytes(_NONCE)
    wire.send_raw(_HELLO.pack(_MAGIC, protocol, nonce, _proof(secret, b"client", nonce)))
    verdict, proof = wire.receive_raw(1, within=within), wire.receive_raw(_PROOF, within=within)
    if verdict == _OTHER_VERSION:
        raise Refusal("it speaks another version of the protocol: restart it with the Databus that is installed now")
    if verdict != _WELCOME or not hmac.compare_digest(proof, _proof(secret, b"server", nonce)):
        raise Refusal("it does not know our token, so it is not the owner that wrote the file")


def admit(wire: Wire, secret: bytes, *, within: float = HANDSHAKE_TIME) -> bool:
    """Return whether the other side of a new connection may call us, and tell it."""
    magic, protocol, nonce, proof = _HELLO.unpack(wire.receive_raw(_HELLO.size, within=within))
    known = hmac.compare_digest(proof, _proof(secret, b"client", nonce))
    if magic != _MAGIC or not known:
        wire.send_raw(_STRANGER + bytes(_PROOF))
        return False
    verdict = _WELCOME if protocol == PROTOCOL else _OTHER_VERSION
    wire.send_raw(verdict + _proof(secret, b"server", nonce))
    return verdict == _WELCOME
