"""Blind panels: people read attacked and original texts and say what they mean and who wrote them."""
