"""What support can be refused for, and what a mirror can meet. Each text can be shown to a person."""


class PatronageError(Exception):
    """Base of the room's refusals."""


class NotAllowed(PatronageError):  # noqa: N818
    """The person may not do this."""


class NotConfigured(PatronageError):  # noqa: N818
    """No key; see `KeyRefused` for one that Stripe does not accept."""


class KeyRefused(NotConfigured):
    """There is a key, and Stripe does not accept it: it was revoked, or may not do this."""


class StripeResting(PatronageError):  # noqa: N818
    """Stripe does not answer, or is busy: the same may go well in a minute."""


class StripeRefused(PatronageError):  # noqa: N818
    """Stripe answered no; asking the same again will not help."""


class AmountRefused(PatronageError):  # noqa: N818
    """The amount, currency or frequency is not one that we take."""


class AlreadyPatron(PatronageError):  # noqa: N818
    """A second subscription beside a running one."""


class GiftRefused(PatronageError):  # noqa: N818
    """A gift that cannot be given, sent or taken so."""


class NoSupport(PatronageError):  # noqa: N818
    """There is no running subscription to change."""


class ChangeUnderWay(PatronageError):  # noqa: N818
    """Stripe has been asked for another change of the same support and has not answered yet."""


class NotAnswered(StripeResting):
    """Stripe may have done it or not: the wish stands in a row, and a sweep finds out."""


class ShownTooLongAgo(PatronageError):  # noqa: N818
    """What would be charged was shown a while ago and has to be looked at again."""


class NeedsPerson(PatronageError):  # noqa: N818
    """Nothing that is done by itself: a person looks and decides."""


class Foreign(PatronageError):  # noqa: N818
    """The object at Stripe is not of our selling; it is left alone."""


class NotYetHere(PatronageError):  # noqa: N818
    """A row of ours that this needs is missing (yet): failed, and tried again."""
