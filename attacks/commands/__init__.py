"""The commands of `python -m attacks`, one file each."""
