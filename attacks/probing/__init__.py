"""How a probe is run and judged: cases, templates, perturbations, summaries, kept runs."""
