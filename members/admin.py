"""The rooms' admins; Django looks for them here only."""

from members.accounts import admin as accounts_admin  # noqa: F401
from members.patronage import admin as patronage_admin  # noqa: F401
from members.voting import admin as voting_admin  # noqa: F401
