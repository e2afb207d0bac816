"""Adversarial attacks, probes and bias slices: still to come."""
