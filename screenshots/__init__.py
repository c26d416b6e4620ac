"""The pictures of README and docs: a demo is laid out, driven and served, and a real browser looks at it."""
