"""How a model's log-odds are scaled so that its probabilities come true: fitted, written down, applied."""
