"""Passengers: the documents that are transported, and what they are made of."""
