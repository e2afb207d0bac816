"""Pairs of a review and its edit that turns the label: read, scored, kept as runs, split for a training."""
