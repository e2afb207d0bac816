"""Serving: models of the shelf behind a read-only HTTP API, in the forms that clients already speak."""
