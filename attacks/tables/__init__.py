"""Robustness tables: every model under every recipe on the same reviews, as one run of many batches."""
