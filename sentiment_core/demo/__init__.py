"""The demo: a first model, and the model in the box with its recorded runs."""
