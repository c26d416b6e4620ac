"""All parts of an open database, put together."""

from databus.database.sql_db import leftovers
from databus.database.sql_db.bulk import bulk_for
from databus.database.sql_db.claiming import Claiming
from databus.database.sql_db.contents import Contents
from databus.database.sql_db.documents import Documents
from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.finding import Finding
from databus.database.sql_db.listing import Listing
from databus.database.sql_db.locks import Locks
from databus.database.sql_db.logs import Logs
from databus.database.sql_db.migrating import migrate
from databus.database.sql_db.purging import Purging
from databus.database.sql_db.recording import Recording
from databus.database.sql_db.refusals import explained
from databus.database.sql_db.searching import Search
from databus.database.sql_db.seating import Seating
from databus.database.sql_db.sequences import Sequences
from databus.database.sql_db.shelf import Shelf
from databus.database.sql_db.sql_database_arguments import Target
from databus.database.sql_db.statistics import Statistics
from databus.database.sql_db.tables import tables_of
from databus.database.sql_db.tally import Tally
from databus.database.sql_db.transactions import Transactions
from databus.database.sql_db.ways import Ways


class Store:
    """An open database. Making it connects, and brings the tables up to date.

    Args:
        target: Which database.
        alone: Whether no other process works on it.
        end_leases: Whether whoever held a lease is gone.
        looked_through: The most entries that are looked at for a page of a list.
    """

    def __init__(self, target: Target, *, alone: bool, end_leases: bool, looked_through: int) -> None:
        self._engine = make_engine(target)
        self.transactions = transactions = Transactions(self._engine, str(target))
        try:
            with explained(target, transactions):
                migrate(transactions, target)
            tables = tables_of(target.schema)
            if end_leases:
                leftovers.end_leases(tables, transactions)
        except BaseException:
            transactions.close()
            raise
        shelf = Shelf(alone=alone)
        bulk = bulk_for(self._engine.dialect)
        reader = EntryReader(tables, bulk, self._engine.dialect)
        search = Search(tables, transactions.dialect, bulk)
        failures = Failures(tables, bulk)
        self.tally = Tally(tables, transactions, bulk)
        sequences = Sequences(tables, transactions, alone=alone)
        statistics = Statistics(tables, transactions)
        self.seating = Seating(tables, transactions, bulk, sequences, shelf, self.tally, search, failures, statistics)
        self.claiming = Claiming(tables, transactions, bulk, reader, shelf)
        self.recording = Recording(tables, transactions, bulk, reader, shelf, self.tally, search, failures)
        ways = Ways(tables, self.tally, search)
        listing = Listing(tables, bulk, ways, failures, looked_through)
        self.finding = Finding(tables, transactions, reader, listing)
        self.purging = Purging(tables, transactions, shelf, self.tally, search)
        self.contents = Contents(tables, transactions)
        self.logs = Logs(tables, transactions, bulk)
        self.documents = Documents(tables, transactions)
        self.locks = Locks(tables, transactions)

    def close(self) -> None:
        """Close all connections."""
        self.transactions.close()
