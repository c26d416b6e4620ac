"""Plug-ins of the demo: orders that travel, fail and die."""
