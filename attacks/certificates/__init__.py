"""Certificates: what no attack of a kind can do to a model, and the worst text that a search found."""
