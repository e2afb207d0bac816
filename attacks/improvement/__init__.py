"""Improvement: what people's verdicts, new reviews or attacks teach a trained model, and what that gained."""
