class AccountError(Exception):
    """What was asked cannot be done. The text is one sentence that can be shown to a person."""
