"""Transformers fine-tuned with the Hugging Face Trainer, whole or as adapters."""
