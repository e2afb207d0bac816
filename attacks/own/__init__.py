"""What users compose themselves: recipes, probes and slices, checked and kept in the workspace."""
