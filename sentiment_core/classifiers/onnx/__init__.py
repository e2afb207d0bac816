"""Transformers converted to ONNX and computed by ONNX Runtime, in float32 or with int8 weights."""
