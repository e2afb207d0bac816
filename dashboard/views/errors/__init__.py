"""Errors: the worst mistakes first."""
