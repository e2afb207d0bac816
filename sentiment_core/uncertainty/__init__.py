"""How sure an answer is: disagreement between models, and between passes of a network with dropout."""
