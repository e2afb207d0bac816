"""Bias measured: counterfactual pairs, gaps between groups, weak slices and toxicity, kept as runs."""
