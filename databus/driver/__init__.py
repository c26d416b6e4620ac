"""Running one drive of one route."""
