"""Label quality: is a label wrong, what do people say, and what do the scores become?"""
