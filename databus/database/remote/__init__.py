"""The storage contract between two processes of one user and machine: the owner serves it, the others call it."""
