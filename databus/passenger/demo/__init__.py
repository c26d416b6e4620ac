"""Small passengers to learn from: the client ``demo`` uses them."""
