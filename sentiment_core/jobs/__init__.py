"""Background jobs: start, watch, cancel, resume, finish."""
