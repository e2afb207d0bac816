"""Live: what a model says to your own text or file."""
