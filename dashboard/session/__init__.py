"""What a person has chosen, kept from page to page and in the address."""
