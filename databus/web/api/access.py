"""Who calls the API, and what they may."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from databus.client.client import Client
from databus.client.passwords import hash_token, verify_token
from databus.errors import NotFound
from databus.web.accounts import Account
from databus.web.api.problems import CHALLENGE, Trouble
from databus.web.guard import COOKIE, Forbidden
from databus.web.site import Site
from databus.web.together import Together, one_by_one
from databus.web.viewers import LoginNeeded, Somebody

_BEARER = HTTPBearer(
    scheme_name="token",
    description="The token of a user of the client in the address, or of client root.",
    auto_error=False,
)

Token = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]

ClientId = Annotated[str, Path(description="Id of the client.", examples=["demo"])]

Users = Callable[[str], Sequence[Account]]
"""Gives the users of a client."""

_WAIT = {"retry-after": "300"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller(Somebody):
    """Who calls.

    Attributes:
        may_write: Whether things may be changed.
    """

    through = "the API"

    may_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a request shows of who sends it.

    Attributes:
        client: That of the address; empty where it has none.
        of_any_client: Whether the users of all clients are meant, not only those of root and of that client.
    """

    request: Request
    token: HTTPAuthorizationCredentials | None
    client: str = ""
    of_any_client: bool = False


class Callers:
    """Says who calls; of many who call at once each client's users are read once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._together = Together(self._who)

    async def who(self, call: Call) -> Caller:
        """Return who it is, if they may see the client of the address.

        Raises:
            LoginNeeded: Nobody is known; a token of another client is like none.
            NotFound: There is no such client.
        """
        return await self._together.ask(call)

    def _who(self, calls: Sequence[Call]) -> list[Caller | Exception]:
        users, clients = cache(self._site.accounts.of), cache(self._site.database.clients)

        def one(call: Call) -> Caller:
            own = [call.client] if call.client else []
            others = sorted(clients()) if call.of_any_client else []
            caller = _caller(call, self._site, users, [*own, Client.ROOT, *others])
            if own and not caller.sees(call.client, clients):
                raise NotFound(f"There is no client {call.client}.")
            return caller

        return one_by_one(calls, one)


async def anybody(request: Request, token: Token) -> Caller:
    """Return who calls an address without a client, of whatever client.

    Raises:
        LoginNeeded: Nobody is known.
    """
    callers: Callers = request.app.state.callers
    return await callers.who(Call(request=request, token=token, of_any_client=True))


async def of_root(request: Request, token: Token) -> Caller:
    """Return who calls an address of root: a user of it, or one who is logged in on the web page.

    Raises:
        LoginNeeded: Nobody is known; a token of another client is like none.
    """
    callers: Callers = request.app.state.callers
    return await callers.who(Call(request=request, token=token))


async def reader(request: Request, token: Token, client: ClientId) -> Caller:
    """Return who calls an address of a client, if they may see it.

    Raises:
        LoginNeeded: Nobody is known; a token of another client is like none.
        NotFound: There is no such client.
    """
    callers: Callers = request.app.state.callers
    return await callers.who(Call(request=request, token=token, client=client))


async def writer(request: Request, token: Token, client: ClientId) -> Caller:
    """Return who wants to change something of a client.

    Raises:
        LoginNeeded: Nobody is known; a token of another client is like none.
        NotFound: There is no such client.
        Forbidden: The token may only read.
    """
    return _writing(await reader(request, token, client))


# What follows waits for nothing: as async functions they need no thread.


async def administrator(caller: Annotated[Caller, Depends(reader)]) -> Caller:
    """Return who wants to see a client's configuration.

    Raises:
        Forbidden: It is no administrator.
    """
    return _administering(caller)


async def configurer(caller: Annotated[Caller, Depends(administrator)]) -> Caller:
    """Return who wants to change a client's configuration.

    Raises:
        Forbidden: It is no administrator, or the token may only read.
    """
    return _writing(caller)


async def root(caller: Annotated[Caller, Depends(of_root)]) -> Caller:
    """Return who wants to see the whole system.

    Raises:
        Forbidden: It is no user of root.
    """
    if not caller.is_root:
        raise Forbidden("Only users of client root see the whole system.")
    return caller


async def overseer(caller: Annotated[Caller, Depends(root)]) -> Caller:
    """Return who wants to see what only root's administrators see.

    Raises:
        Forbidden: It is no administrator of root.
    """
    return _administering(caller)


async def root_administrator(caller: Annotated[Caller, Depends(root)]) -> Caller:
    """Return who wants to change the whole system.

    Raises:
        Forbidden: It is no administrator of root, or the token may only read.
    """
    return _writing(_administering(caller))


def _writing(caller: Caller) -> Caller:
    if not caller.may_write:
        raise Forbidden("This token may only read.")
    return caller


def _administering(caller: Caller) -> Caller:
    if not caller.is_administrator:
        raise Forbidden("Only an administrator may do that.")
    return caller


def _caller(call: Call, site: Site, users: Users, client_ids: Sequence[str]) -> Caller:
    request, token = call.request, call.token
    if "authorization" in request.headers:
        return _of_token(site, users, _address(request), token.credentials if token else "", client_ids)
    if request.method != "GET":  # a browser sends cookies along with what other sites' pages make it send
        raise LoginNeeded
    viewer = site.viewers.find(request.cookies.get(COOKIE, ""))
    return Caller(client_id=viewer.client_id, username=viewer.username, role=viewer.role, may_write=False)


def _of_token(site: Site, users: Users, address: str, clear: str, client_ids: Sequence[str]) -> Caller:
    token_hash = hash_token(clear)
    if not site.throttle.may_guess(address, token_hash):
        raise Trouble(429, "Too many wrong tokens from this address: wait five minutes.", headers=_WAIT)
    account = _account(users, clear, client_ids)
    if account is None:
        site.throttle.guessed_wrong(address, token_hash)
        raise _refused("This token is nobody's who may see this: neither of a user of this client nor of root.")
    site.throttle.guessed_right(address, token_hash)
    if account.token_expires is not None and account.token_expires <= site.clock():
        raise _refused("This token has expired: an administrator gives you another one.")
    return Caller(
        client_id=account.client_id,
        username=account.username,
        role=account.role,
        may_write=account.may_write,
    )


def _account(users: Users, clear: str, client_ids: Sequence[str]) -> Account | None:
    """Return whose token it is. All of a client are compared, so that time does not tell how far off a wrong one is."""
    for client_id in dict.fromkeys(client_ids):
        found = [account for account in users(client_id) if verify_token(clear, account.token)]
        if found:
            return found[0]
    return None


def _refused(detail: str) -> Trouble:
    header = f'{CHALLENGE["www-authenticate"]}, error="invalid_token"'
    return Trouble(401, detail, headers={"www-authenticate": header})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


Anybody = Annotated[Caller, Depends(anybody)]
Reader = Annotated[Caller, Depends(reader)]
Writer = Annotated[Caller, Depends(writer)]
Administrator = Annotated[Caller, Depends(administrator)]
Configurer = Annotated[Caller, Depends(configurer)]
Root = Annotated[Caller, Depends(root)]
Overseer = Annotated[Caller, Depends(overseer)]
RootAdministrator = Annotated[Caller, Depends(root_administrator)]
