"""Rewriting a text so that only the identity that it mentions changes."""
