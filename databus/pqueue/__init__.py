"""The queue between pullers and pushers."""
