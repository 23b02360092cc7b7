"""What every app may lean on and what leans on no app: audit, outbox, letters, jobs, settings, money, page cache."""
