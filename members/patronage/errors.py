"""What support can be refused for, and what a mirror can meet. Each text can be shown to a person."""


class PatronageError(Exception):
    """Base of the room's refusals."""


class NotAllowed(PatronageError):  # noqa: N818
    """The person may not do this."""


class NotConfigured(PatronageError):  # noqa: N818
    """No key, or one that Stripe does not accept."""


class StripeResting(PatronageError):  # noqa: N818
    """Stripe does not answer, or is busy: the same may go well in a minute."""


class StripeRefused(PatronageError):  # noqa: N818
    """Stripe answered no; asking the same again will not help."""


class AmountRefused(PatronageError):  # noqa: N818
    """The amount, currency or frequency is not one that we take."""


class AlreadyPatron(PatronageError):  # noqa: N818
    """A second subscription beside a running one."""


class NoSupport(PatronageError):  # noqa: N818
    """There is no running subscription to change."""


class Foreign(PatronageError):  # noqa: N818
    """The object at Stripe is not of our selling; it is left alone."""


class NotYetHere(PatronageError):  # noqa: N818
    """A row of ours that this needs is missing (yet): failed, and tried again."""
