"""Sentiment classifiers for movie reviews: data, training, and honest measurement."""
