"""Training a model from a data set: rows, presets, seeds, learning curves."""
