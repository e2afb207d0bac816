"""Home: which model, how good, may it ship?"""
