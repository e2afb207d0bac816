"""Experiments: train models and compare runs."""
