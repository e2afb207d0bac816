"""The commands of `python -m attacks`, one file each; a new one is a file and a line here."""

from __future__ import annotations

from sentiment_core.command_line import CommandLine

#: Each command, and what it is for.
COMMANDS = {
    "run": "Stress",
    "runs": "Stress",
    "show": "Stress",
    "cancel": "Stress",
    "export": "Stress",
    "judge": "Stress",
    "panel": "Stress",
    "transfer": "Stress",
    "compare": "Stress",
    "table": "Stress",
    "check": "Stress",
    "certify": "Stress",
    "probe": "Stress",
    "bias": "Stress",
    "slices": "Stress",
    "review": "Measure",
    "recipes": "Stress",
    "resources": "Keep",
    "gate": "Stress",
    "report": "Measure",
    "augment": "Make",
    "harden": "Make",
    "improve": "Make",
}

LINE = CommandLine("attacks", COMMANDS, "Attack sentiment classifiers, and measure what the attacks show.")
