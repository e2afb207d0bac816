"""Sentiment classifiers for movie reviews: data, training, and measurement with intervals."""
