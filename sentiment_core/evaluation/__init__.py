"""How good a model is: predictions, scores, breakdowns, comparisons, kept as runs."""
