"""The demo's inbox: every mail that left, readable at /inbox/. In demo and test only."""
