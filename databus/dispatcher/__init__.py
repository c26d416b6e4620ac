"""Starting drives when they are due."""
