"""Addresses that must get no mail of ours which they did not ask for themselves. Who keeps them stands above and offers
its answer here when it starts; who writes asks here."""

from collections.abc import Callable

Answer = Callable[[str], bool]
_answers: list[Answer] = []


def answer_with(is_unwanted: Answer) -> None:
    if is_unwanted not in _answers:
        _answers.append(is_unwanted)


def is_mail_unwanted(email: str) -> bool:
    """Whether its owner wants no mail, or none arrives there. Compared without regard to case."""
    return any(is_unwanted(email) for is_unwanted in _answers)
