"""What a vote or a topic can be refused for. Each text can be shown to a person."""


class VotingError(Exception):
    """Base of the room's refusals."""


class NotAllowed(VotingError):  # noqa: N818
    """The person may not do this."""


class RoundClosed(VotingError):  # noqa: N818
    """The round takes no votes (any more)."""


class OverBudget(VotingError):  # noqa: N818
    """More votes than the ballot has."""


class TopicError(VotingError):
    """The topic cannot be written or moved like this."""


class RoundError(VotingError):
    """The round cannot be planned, opened or moved like this."""
