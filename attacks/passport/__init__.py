"""The passport of one review: everything that the workspace knows about one text."""
