"""Adversarial attacks on the trained classifiers, and what they prove."""
