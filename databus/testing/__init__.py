"""The conformance suite: what every database engine must pass, yours too.

::

    pytest --pyargs databus.testing --database-module my.engine --database-arguments '{"path": "{tmp}/queue.db"}'

Each test makes an empty database of its own: in the arguments ``{tmp}`` becomes a new folder and ``{unique}`` a new
name of lower-case letters and digits, for a schema. An engine that keeps nothing beyond its process is run with
``--database-volatile``, one that has attachments whole in memory with ``--database-in-memory``.
``DATABUS_TEST_EXAMPLES`` says how many random histories are compared with ``memory_db``. See
``docs/how-to/custom-database-engine.md``.
"""
