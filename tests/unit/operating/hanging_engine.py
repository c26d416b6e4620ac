"""A database engine that never comes to an end."""

import threading

from databus.database.memory_db.memory_database import MemoryDatabase


class HangingDatabase(MemoryDatabase):
    def open(self) -> None:
        threading.Event().wait()
