"""The demo: a first model, and the trained model and runs in the box."""
