"""Errors: which reviews does a model get wrong, the worst first?"""
