"""One file a command of `python -m sentiment_core`."""
