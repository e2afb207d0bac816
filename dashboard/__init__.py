"""The pages: each reads what is selected, calls the packages below, and draws; nothing is computed here."""
