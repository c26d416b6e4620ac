"""The command line: the only place that composes everything. One module per group of commands."""
