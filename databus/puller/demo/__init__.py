"""Small pullers to learn from: the client ``demo`` uses them."""
