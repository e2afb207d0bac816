"""Whether a text that fooled a model still says what the original said."""
