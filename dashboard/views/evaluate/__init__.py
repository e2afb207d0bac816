"""Evaluate: where does a model err, and at which threshold?"""
