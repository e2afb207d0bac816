"""Card: what of a model may be published, with which figures, and what changed since the last time."""
