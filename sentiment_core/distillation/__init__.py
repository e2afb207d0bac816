"""Distillation: a smaller model that learns a larger one's answers, and what it costs and keeps."""
