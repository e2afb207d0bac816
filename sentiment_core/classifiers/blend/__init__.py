"""Blends: a weighted sum of the log-odds of models on the shelf, weighted by validation reviews."""
