"""Hardening: train on the texts that fooled a model, and measure what that gained."""
