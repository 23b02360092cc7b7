"""The JSON shapes of the pinned API version, each made whole: what Stripe sends as null is null here too."""
