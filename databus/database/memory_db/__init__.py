"""The reference engine: everything in dictionaries, nothing on disk."""
