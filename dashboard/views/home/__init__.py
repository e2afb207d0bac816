"""Home: which model, how good, and what to look at next?"""
