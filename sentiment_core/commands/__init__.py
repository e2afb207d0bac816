"""The commands of `python -m sentiment_core`, one file each; a new one is a file and a line here."""

from __future__ import annotations

#: Each command, and what it is for.
COMMANDS = {
    "data": "Make",
    "train": "Make",
    "evaluate": "Measure",
    "calibrate": "Make",
    "abstain": "Measure",
    "compare": "Measure",
    "errors": "Measure",
    "thresholds": "Measure",
    "latency": "Measure",
    "compare-seeds": "Measure",
    "learning-curve": "Make",
    "distil": "Make",
    "predict": "Try",
    "explain": "Measure",
    "flip": "Measure",
    "uncertainty": "Measure",
    "optimize": "Make",
    "export": "Make",
    "card": "Make",
    "push": "Make",
    "serve": "Try",
    "models": "Keep",
    "runs": "Keep",
    "verify": "Measure",
    "demo": "Try",
    "drift": "Measure",
    "labels": "Measure",
    "embed": "Measure",
    "purge": "Keep",
}
