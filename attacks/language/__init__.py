"""Facts of the language: opposites, word lists, tags, grammar, spelling, look-alikes, vectors."""
