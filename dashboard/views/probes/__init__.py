"""Probes: which language a model does not understand."""
