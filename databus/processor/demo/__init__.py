"""Small processors to learn from: the client ``demo`` uses them."""
