"""Above all apps and the only place that composes them: home, account page, dashboard, follow-ups, the demo."""
