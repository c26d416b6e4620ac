"""Small pushers to learn from: the client ``demo`` uses them."""
