"""People and money, in three rooms: accounts ← patronage ← voting."""
