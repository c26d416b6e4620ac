"""Databus moves documents between systems, for several clients at once, and loses none of them."""

__version__ = "9.0.0.dev0"
