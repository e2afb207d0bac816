"""Files of rows as people have them: what they hold, read in pieces, and the rows that cannot be used."""
