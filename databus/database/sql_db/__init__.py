"""Clients, queue and logs in a SQL database: SQLite, PostgreSQL, MariaDB or MySQL, Microsoft SQL Server."""
