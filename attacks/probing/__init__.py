"""How a probe is run and judged: cases, rules, changed reviews, summaries, kept runs."""
