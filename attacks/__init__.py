"""Adversarial attacks, probes and bias reports on the trained classifiers, and what they prove."""
