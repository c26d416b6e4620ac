"""Our engines, by the modules that a configuration names; each is imported only when a database of it is opened."""

MEMORY_DB = "databus.database.memory_db.memory_database"
JSON_DB = "databus.database.json_db.json_database"
SQL_DB = "databus.database.sql_db.sql_database"
