"""Cached lists of what the workspace holds: one way for every kind of run."""
