"""Adversarial attacks, probes and bias slices."""
