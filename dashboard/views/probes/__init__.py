"""Probes: which kinds of language does a model not understand?"""
