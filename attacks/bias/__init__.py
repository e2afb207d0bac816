"""Bias reports: changes on rewritten texts, gaps between slices, weakest slices, toxicity; kept as runs."""
