"""Slices: properties of reviews, queries on them, gaps between slices, and the weakest slices."""
