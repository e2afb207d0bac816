"""Home: which model, how good, and what next?"""
