"""What some attacks need from outside the project: whether it is here, and how to get it."""
