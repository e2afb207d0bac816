"""Map: where do the errors lie, and what do reviews near them say?"""
