"""Members at the desk: found by address, read by those who look after members; roles, links and locks are verbs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account import admin as _allauth_account_admin  # noqa: F401  registers what is taken away below
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa import admin as _allauth_mfa_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth import admin as _auth_admin  # noqa: F401
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from members.accounts import roles
from members.accounts.errors import AccountError
from members.accounts.forms import NewMemberForm
from members.accounts.locking import LOCK_OUT, lock_out
from members.accounts.models import Member, StaffLink
from members.accounts.staff_links import ISSUE, issue_staff_link
from members.accounts.thanking import THANKS_KEY
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.audit import record
from newsroom.lib.desk_actions import person, run_each
from newsroom.lib.page_cache import purge

# Secrets and roles are not edited as rows: the first belong to their owner, the second are made by migrations.
for _model in (EmailAddress, EmailConfirmation, Authenticator, Group):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(Member)
class MemberAdmin(ModelAdmin):
    list_display = ["who", "is_proved", "role_names", "language", "joined_at"]
    list_filter = ["is_staff", "language"]
    search_fields = ["email"]
    search_help_text = _("The beginning of an e-mail address")
    ordering = ["-joined_at", "-id"]
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = [
        "email", "name", "display_name", "language", "time_zone", "proved_at", "joined_at", "last_login", "is_active",
        "role_names", "locked_out_at",
    ]  # fmt: skip
    readonly_fields = ["email", "proved_at", "joined_at", "last_login", "is_active", "role_names", "locked_out_at"]
    actions_detail = ["life"]
    actions = [
        "make_writer", "make_editor", "make_membership_manager", "make_publisher", "make_operator", "take_roles",
        "issue_link", "lock_out_people",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """By the beginning of the address, through its unique index."""
        term = search_term.strip().lower()
        if term:
            queryset = queryset.alias(folded=Lower("email")).filter(folded__startswith=term)
        return queryset, False

    def get_form(self, request: HttpRequest, obj: Member | None = None, **kwargs: Any) -> type[ModelForm[Member]]:
        return super().get_form(request, obj, **({"form": NewMemberForm} | kwargs if obj is None else kwargs))

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return ["email", "name", "language"] if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return [] if obj is None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Staff are a publisher's to change: their rows open the desk."""
        may_touch = obj is None or not obj.is_staff or self.has_grant_role_permission(request)
        return super().has_change_permission(request, obj) and may_touch

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return False  # erasing is a verb of its own, which keeps the ledgers

    def has_grant_role_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(roles.GRANT)

    def has_issue_link_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ISSUE)

    def has_lock_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(LOCK_OUT)

    def save_model(self, request: HttpRequest, obj: Member, form: ModelForm[Member], change: bool) -> None:
        if change:  # of what the form shows alone: an address may be proved, or sessions ended, at this moment
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)
        if "display_name" in form.changed_data:
            purge([THANKS_KEY])
        action = "member.changed" if change else "member.added"
        record(action, actor=person(request), target=obj, fields=form.changed_data)

    @action(description=_("Timeline"), permissions=["look_after"])
    def life(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("desk-member", object_id)

    def has_look_after_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perms(["members.view_member", "members.view_period", "members.view_payment"])

    @display(description=_("who"), ordering="email")
    def who(self, member: Member) -> str:
        return member.name or member.email or str(member)

    @display(description=_("proved"), boolean=True, ordering="proved_at")
    def is_proved(self, member: Member) -> bool:
        return member.proved_at is not None

    @display(description=_("roles"))
    def role_names(self, member: Member) -> str:
        return ", ".join(group.name for group in member.groups.all())

    @admin.action(description=_("Make writer"), permissions=["grant_role"])
    def make_writer(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _grant_each(request, queryset, roles.WRITER)

    @admin.action(description=_("Make editor"), permissions=["grant_role"])
    def make_editor(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _grant_each(request, queryset, roles.EDITOR)

    @admin.action(description=_("Make membership manager"), permissions=["grant_role"])
    def make_membership_manager(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _grant_each(request, queryset, roles.MEMBERSHIP_MANAGER)

    @admin.action(description=_("Make publisher"), permissions=["grant_role"])
    def make_publisher(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _grant_each(request, queryset, roles.PUBLISHER)

    @admin.action(description=_("Make operator"), permissions=["grant_role"])
    def make_operator(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _grant_each(request, queryset, roles.OPERATOR)

    @admin.action(description=_("Take away all roles"), permissions=["grant_role"])
    def take_roles(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _run_each(request, queryset, partial(_take_roles, person(request)))

    @admin.action(description=_("Issue a sign-in link, shown once"), permissions=["issue_link"])
    def issue_link(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        if queryset.count() != 1:
            messages.error(request, _("Choose one person."))
            return
        _run_each(request, queryset, partial(_show_link, request))

    @admin.action(description=_("Lock out now: sessions, passkeys, links"), permissions=["lock_out"])
    def lock_out_people(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        _run_each(request, queryset, lambda member: lock_out(user=person(request), member=member))


@admin.register(StaffLink)
class StaffLinkAdmin(ReadOnlyAdmin):
    list_display = ["member", "issued_by", "created_at", "expires_at", "used_at"]
    list_select_related = ["member", "issued_by"]
    fields = ["member", "issued_by", "created_at", "expires_at", "used_at"]
    readonly_fields = fields


def _run_each(request: HttpRequest, queryset: QuerySet[Member], verb: Callable[[Member], None]) -> None:
    run_each(request, queryset, verb, AccountError, PermissionDenied)


def _grant_each(request: HttpRequest, queryset: QuerySet[Member], role: str) -> None:
    _run_each(request, queryset, lambda member: roles.grant_role(user=person(request), member=member, role=role))


def _take_roles(user: Member, member: Member) -> None:
    for group in member.groups.all():
        roles.revoke_role(user=user, member=member, role=group.name)


def _show_link(request: HttpRequest, member: Member) -> None:
    link = issue_staff_link(issued_by=person(request), member=member)
    messages.warning(request, _("Hand this over by a safe way; it is good for 15 minutes: %(link)s") % {"link": link})
