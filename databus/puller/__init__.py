"""Pullers: plug-ins that take passengers from a source system."""
