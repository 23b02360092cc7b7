"""How the launcher says no."""


class Refusal(Exception):  # noqa: N818 (it is an answer, not a fault)
    """One sentence for the person at the terminal: what is wrong and what to do about it."""
