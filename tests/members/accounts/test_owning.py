"""What belongs to one person is not there for another."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from members.accounts.models import StaffLink
from members.accounts.owning import get_owned_or_404
from members.accounts.staff_links import issue_staff_link


@pytest.fixture
def row(editor):
    issue_staff_link(issued_by=None, member=editor)
    return StaffLink.objects.get()


def test_it_answers_the_owner(row, editor):
    assert get_owned_or_404(StaffLink.objects.all(), editor, pk=row.pk) == row


def test_it_has_nothing_for_a_stranger(row, stranger):
    with pytest.raises(Http404):
        get_owned_or_404(StaffLink.objects.all(), stranger, pk=row.pk)


def test_it_has_nothing_for_whoever_is_not_signed_in(row):
    with pytest.raises(Http404):
        get_owned_or_404(StaffLink.objects.all(), AnonymousUser(), pk=row.pk)


def test_it_takes_another_name_for_the_owner(row, editor, stranger):
    assert get_owned_or_404(StaffLink.objects.all(), editor, owner="member", pk=row.pk)
    with pytest.raises(Http404):
        get_owned_or_404(StaffLink.objects.all(), editor, owner="issued_by", pk=row.pk)
