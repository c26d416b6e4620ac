"""A database engine whose errors tell all that it was given."""

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.errors import StoreError


class TellingDatabase(MemoryDatabase):
    def __init__(self, arguments: object) -> None:
        raise StoreError(f"I was given {arguments}")
