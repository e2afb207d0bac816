"""Robustness: how easily a model is fooled, and whether the fooling texts are real."""
