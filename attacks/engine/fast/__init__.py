"""Faster equals of TextAttack's inner parts, with the same results."""
