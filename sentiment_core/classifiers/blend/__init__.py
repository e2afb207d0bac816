"""Blends: a weighted sum of the log-odds of models on the shelf, with weights fitted on validation reviews."""
