"""Attack: run an adversarial batch."""
