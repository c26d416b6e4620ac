"""Workload W, by which engines are measured: ``databus bench`` for users, ``bench/`` for the README's figures.

N passengers with one text attachment of 1 KiB each, two processors that do nothing, one pusher that counts; the outcome
of every step is durable (design section 11).
"""
