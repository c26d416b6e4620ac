"""Gives the tests of this folder what they need."""

from databus.testing.fixtures import database, durable_place, engine, place

__all__ = ["database", "durable_place", "engine", "place"]
