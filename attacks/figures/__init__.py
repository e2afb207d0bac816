"""Figures of robustness: accuracy under attack, query curves, vulnerable words, comparisons, power."""
