"""Experiments: train models, watch them, and compare past trainings."""
