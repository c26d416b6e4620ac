"""Whether a SQL database can be opened, without changing anything in it."""

from enum import Enum, auto

from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.migrating import HEAD, revision_of
from databus.database.sql_db.refusals import explained
from databus.database.sql_db.sql_database_arguments import Target
from databus.database.sql_db.transactions import Transactions


class TablesThere(Enum):
    """What of Databus's tables a database has."""

    NONE = auto()
    OLDER = auto()
    PRESENT = auto()


def probe(target: Target) -> TablesThere:
    """Connect as an export or a dispatcher would, and look for Databus's tables.

    Raises:
        StoreUnreachable, StoreError: It cannot be opened; the text says what helps.
        NewerSchema: A newer Databus has made the tables.
        ConfigError: The driver does not take the options.
    """
    transactions = Transactions(make_engine(target), str(target))
    try:
        with explained(target, transactions):
            revision = revision_of(transactions, target)
    finally:
        transactions.close()
    if not revision:
        return TablesThere.NONE
    return TablesThere.PRESENT if revision == HEAD else TablesThere.OLDER
