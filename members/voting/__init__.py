"""What readers ask: topics, rounds, ballots, commissions."""
