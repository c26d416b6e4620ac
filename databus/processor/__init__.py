"""Processors: plug-ins that check, filter and change passengers in the queue."""
