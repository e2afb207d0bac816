"""Smaller and faster copies of a model, put on the shelf once they answer as it does."""
