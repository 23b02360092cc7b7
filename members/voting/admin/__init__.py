"""Topics, rounds and commissions at the desk. Every change of state is a verb; what is refused is said in a message."""

from members.voting.admin import commissions, rounds, topics  # noqa: F401
