"""The demo newsroom: fictional, written and drawn for this project. Content in files, seeding in modules."""
