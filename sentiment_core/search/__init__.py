"""Hyperparameter search: the space, its trials and their records."""
