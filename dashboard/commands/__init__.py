"""The commands that need the pages, one file each; a new one is a file and a line here."""

from __future__ import annotations

from sentiment_core.command_line import CommandLine

#: Each command, and what it is for.
COMMANDS = {
    "dashboard": "Try",
}

LINE = CommandLine("dashboard", COMMANDS, "Serve the pages.", typed="reelcheck")
