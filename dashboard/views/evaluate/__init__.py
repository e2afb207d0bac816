"""Evaluate: where a model errs, and at which threshold."""
