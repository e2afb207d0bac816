"""What attacks, probes and bias reports say of a model, as sections of its card."""
