"""Card-testing defence: what stands before a checkout, and the breaker that asks more while cards are tried out."""
