"""The database engine that keeps everything as JSON files a person can read; see ``docs/adr/0002-json-db-index.md``."""
