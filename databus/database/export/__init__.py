"""Copying clients from one database into another, through the storage contract alone.

::

    exporting   what callers use: all clients, one after the other
    one_client  rounds of survey and writing, until nothing is left, then verification
    plan        what both sides have: a scratch file that answers what is missing, changed, in conflict
    entries, logs, documents    write what is missing or has changed
    ledger      what was exported before, kept in the target: it tells whose change a difference is
    verifying   reads everything back
    manifest    says what was verified
    canonical   what of a record counts, whatever the engine
"""
