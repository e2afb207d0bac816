"""Explain: which words drive a model, and which explainer can be trusted?"""
