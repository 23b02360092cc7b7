"""Money through Stripe: tiers, checkout, the inbox of events, Periods. The only room that imports stripe."""
