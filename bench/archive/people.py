"""An editor who is signed in with a second factor."""

from django.test import Client

from members.accounts import roles
from members.accounts.models import Member
from tests.sign_in import sign_in


def sign_in_editor() -> str:
    """The cookies of the session."""
    editor = Member.objects.create_user("desk@example.org", name="Editor", is_staff=True)
    roles.grant_role(user=None, member=editor, role=roles.EDITOR)
    client = Client()
    sign_in(client, editor)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
