"""The test bank accounts for direct debits: what each IBAN does, days after the person has gone."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ApiError


@dataclass(frozen=True)
class Account:
    """`is_paying` is how the debit ends; `dispute` a reason under which the money is asked back at once."""

    iban: str
    is_paying: bool = True
    dispute: str | None = None

    @property
    def country(self) -> str:
        return self.iban[:2]

    @property
    def bank_code(self) -> str:
        return self.iban[4:12]

    @property
    def last4(self) -> str:
        return self.iban[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


PAYING = Account("DE89370400440532013000")
FAILING = Account("DE62370400440532013001", is_paying=False)
ACCOUNTS = (PAYING, FAILING, Account("DE35370400440532013002", dispute="debit_not_authorized"))
_BY_IBAN = {account.iban: account for account in ACCOUNTS}


def is_iban(number: str) -> bool:
    return number.strip()[:2].isalpha()


def find_account(iban: str) -> Account:
    """Raises for anything that is not a test account; spaces do not matter."""
    wanted = "".join(iban.split()).upper()
    if wanted not in _BY_IBAN:
        raise ApiError(
            "This is a sandbox: use one of its test IBANs, never a real one.",
            status=402,
            kind="card_error",
            code="invalid_bank_account_iban",
            param="iban",
        )
    return _BY_IBAN[wanted]
