"""Robustness: how easily is a model fooled, and by texts that still say the same?"""
