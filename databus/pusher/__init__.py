"""Pushers: plug-ins that deliver passengers to a target system."""
