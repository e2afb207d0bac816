"""Attack: run an adversarial batch, watch it, and resume one that was stopped."""
