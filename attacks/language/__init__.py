"""Facts about English: opposites, word lists, parts of speech, grammar, spelling, look-alike letters."""
