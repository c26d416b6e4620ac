"""Measures Databus: ``python -m bench``, or ``--quick`` for one short pass of everything.

Each module measures one thing and gives its figures; ``docs/explanation/performance.md`` says how to read them.
"""
