"""Transactions: short, repeated where a server asks for it, and with errors that a person can act on."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.compiler import IdentifierPreparer

from databus.database.sql_db import driver_errors
from databus.errors import DatabusError, StoreError, StoreUnreachable, Untakable

T = TypeVar("T")

ATTEMPTS = 6
"""How often a transaction is tried that gets in another one's way, or loses its connection."""

_DEADLOCKS: dict[str, set[object]] = {
    "postgresql": {"40001", "40P01"},
    "mysql": {1205, 1213},
    "mariadb": {1020, 1205, 1213},
    "mssql": {1205, 1222, 3960},
}
"""Codes of errors that mean: everything is undone, try again."""

_FULL = ("disk is full", "no space left", "disk full", "table is full")


_UNTAKABLE: dict[str, set[object]] = {
    "postgresql": {"54000"},
    "mysql": {1118},
    "mariadb": {1118},
}
"""Codes of errors that mean: this is more than the server takes, now and later."""


def _nothing() -> None:
    """Undo nothing."""


class Transactions:
    """Runs transactions on one engine.

    Args:
        engine: SQLAlchemy's.
        name: The database, as errors name it.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._closed = threading.Event()
        # Writers of one SQLite file would wait for each other by sleeping; here the next one goes on at once.
        self._turn = threading.RLock() if engine.dialect.name == "sqlite" else nullcontext()

    @property
    def dialect(self) -> str:
        """The server's kind: sqlite, postgresql, mariadb, mysql or mssql."""
        return self._engine.dialect.name

    @property
    def preparer(self) -> IdentifierPreparer:
        """What writes names as the server takes them."""
        return self._engine.dialect.identifier_preparer

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that changes nothing; it is repeated where that helps."""
        return self._run(work, _Run(_nothing, writing=False, durable=True), repeatable=True)

    def look(self, work: Callable[[Connection], T]) -> T:
        """Run a single statement that changes nothing; it is repeated where that helps.

        PostgreSQL needs no transaction for it, and so two trips less. PyMySQL would need one more.
        """
        at_once = self.dialect == "postgresql"
        return self._run(work, _Run(_nothing, writing=False, durable=True, at_once=at_once), repeatable=True)

    def write(
        self,
        work: Callable[[Connection], T],
        *,
        repeatable: bool,
        durable: bool = True,
        undo: Callable[[], None] = _nothing,
    ) -> T:
        """Run a transaction: when this returns, everything is durable; when it raises, nothing was done.

        Args:
            undo: Called when an attempt has failed, before the next: takes back what work did outside of the database.
            durable: Whether it must survive a power cut also on SQLite; without, it survives ``kill -9``, and a power
                cut after the next one that is durable. Leases need no more: whoever held them is gone then.
            work: Done again from its beginning when the server has undone it.
            repeatable: Whether doing it twice does no harm. Without it, work is not repeated when the connection was
                lost while it was committed: nobody knows whether that succeeded, and the error says so.
        """
        return self._run(work, _Run(undo, writing=True, durable=durable), repeatable=repeatable)

    def _run(self, work: Callable[[Connection], T], run: "_Run", *, repeatable: bool) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return run.once(self, work)
            except SQLAlchemyError as error:
                may_repeat = repeatable or not run.committing or _is_deadlock(error, self.dialect)
                if not (may_repeat and _is_passing(error, self.dialect)):
                    raise self.translated(error, in_doubt=run.committing and not repeatable) from error
            # Not all at once: those who got in each other's way would do so again.
            time.sleep(random.uniform(0, 0.02) * 2**attempt)  # noqa: S311 - it scatters, nothing more
        with self.errors():
            return run.once(self, work)

    @contextmanager
    def connection(self, *, writing: bool, durable: bool = True) -> Iterator[Connection]:
        """Lend a connection, outside of any transaction.

        Raises:
            StoreError: They are closed.
        """
        with self._turn if writing else nullcontext():
            if self._closed.is_set():
                raise StoreError(f"{self._name} is not open")
            try:
                with self._engine.connect() as connection:
                    yield connection.execution_options(writing=writing, durable=durable)
            finally:
                if self._closed.is_set():  # meanwhile, and a pool does not close what is lent
                    self._engine.pool.dispose()

    def close(self) -> None:
        """Close all connections: those that are lent, when they come back."""
        self._closed.set()
        self._engine.pool.dispose()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLAlchemy's errors into ours."""
        try:
            yield
        except SQLAlchemyError as error:
            raise self.translated(error) from error

    def translated(self, error: SQLAlchemyError, *, in_doubt: bool = False) -> DatabusError:
        """Return an error as a sentence."""
        said = driver_errors.said(error)
        if any(each in said.lower() for each in _FULL) or _has_no_room(error):
            return StoreError(f"The disk of {self._name} is full; nothing was lost, make room and it goes on ({said})")
        if _is_lost(error) and in_doubt:
            return StoreUnreachable(
                f"The connection to {self._name} was lost while a change was being stored; whether it was is not known"
            )
        if _is_lost(error):
            return StoreUnreachable(f"{self._name} cannot be reached: {said}")
        if _is_untakable(error, self.dialect):
            return Untakable(f"{self._name} does not take it: {said}")
        return StoreError(f"{self._name}: {said}")


class _Run:
    """The attempts at one transaction; it remembers how far the last one got."""

    def __init__(self, undo: Callable[[], None], *, writing: bool, durable: bool, at_once: bool = False) -> None:
        self.committing = False
        self._undo = undo
        self._writing = writing
        self._durable = durable
        self._at_once = at_once

    def once(self, transactions: Transactions, work: Callable[[Connection], T]) -> T:
        """Make one attempt."""
        self.committing = False
        with transactions.connection(writing=self._writing, durable=self._durable) as connection:
            if self._at_once:
                return work(_without_transactions(connection))
            try:
                with connection.begin() as transaction:
                    result = work(connection)
                    self.committing = self._writing
                    transaction.commit()
            except BaseException:
                self._undo()
                raise
        return result


def _without_transactions(connection: Connection) -> Connection:
    """Return a connection on which each statement stands alone.

    Raises:
        OperationalError: The connection was lost. SQLAlchemy lets the driver's own error through here.
    """
    driver_error: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        return connection.execution_options(isolation_level="AUTOCOMMIT")
    except driver_error as error:
        connection.invalidate()
        raise OperationalError(None, None, error, connection_invalidated=True) from error


def _is_passing(error: SQLAlchemyError, dialect: str) -> bool:
    """Whether the same may succeed a moment later."""
    if _is_deadlock(error, dialect) or isinstance(error, IntegrityError):
        return True  # what is there already was seated, or written, by somebody else in this moment
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _is_deadlock(error: SQLAlchemyError, dialect: str) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if dialect == "sqlite":
        return "database is locked" in str(error.orig)
    return driver_errors.code(error) in _DEADLOCKS[dialect]


def _is_untakable(error: SQLAlchemyError, dialect: str) -> bool:
    if isinstance(error, DataError):  # as drivers call it where a value does not fit
        return True
    return isinstance(error, DBAPIError) and driver_errors.code(error) in _UNTAKABLE.get(dialect, ())


def _has_no_room(error: SQLAlchemyError) -> bool:
    """Whether SQLite found no room for the file that its connections share, which it calls an I/O error."""
    original = error.orig if isinstance(error, DBAPIError) else None
    return getattr(original, "sqlite_errorname", "") == "SQLITE_IOERR_SHMSIZE"


def _is_lost(error: SQLAlchemyError) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or (isinstance(error, OperationalError) and error.statement is None)
    )
