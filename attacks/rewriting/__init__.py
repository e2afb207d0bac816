"""Rewriting a review so that only the mentioned group changes."""
