"""Whether labels are right: suspected errors, people's verdicts, and scores under corrected labels."""
