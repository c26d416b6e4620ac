"""Clients: who they are, what they transport, and what is written about it."""
