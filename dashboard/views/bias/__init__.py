"""Bias: whom does a model treat differently?"""
