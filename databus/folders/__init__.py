"""Folders of files, on a local disk or behind any fsspec URL: what the ready-made file plug-ins read and write."""
