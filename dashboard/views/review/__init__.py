"""Review: everything known about this one text."""
