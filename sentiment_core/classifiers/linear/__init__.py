"""Linear classifiers over words and n-grams, with exact weights."""
