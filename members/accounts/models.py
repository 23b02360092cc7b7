from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.accounts import rights as _rights  # noqa: F401  connects itself: roles get their rights after migrating
from newsroom.lib.languages import main_language


class MemberManager(BaseUserManager["Member"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Member:
        member = self.model(email=self.normalize_email(email).lower(), **fields)
        if password:
            member.set_password(password)
        else:
            member.set_unusable_password()
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Member:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Member:
        return self.get(email__iexact=username)


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with an account: reader, patron or staff. allauth's EmailAddress is the truth about addresses, `email`
    its mirror. Erasing blanks the row and keeps it, so that ledgers still stand."""

    email = models.EmailField(_("e-mail address"), null=True, blank=True)
    name = models.CharField(pgettext_lazy("a person", "name"), max_length=150, blank=True)
    display_name = models.CharField(_("name on the thank-you list"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=12, default=main_language)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    proved_at = models.DateTimeField(_("address proved"), null=True, blank=True)
    session_generation = models.PositiveIntegerField(default=1, editable=False)  # moved on: every session ends
    # Staff whose account was locked enrol a second factor only in a session that a staff link opened.
    locked_out_at = models.DateTimeField(_("locked out"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MemberManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="member_email_unique"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=False) | (Q(email__isnull=False) & ~Q(email="")),
                name="member_has_email_until_erased",
            ),
        ]
        indexes = [models.Index(fields=["-joined_at", "-id"], name="member_joined")]
        permissions = [
            ("grant_role", "May give and take roles"),
            ("lock_out_member", "May lock people out"),
        ]

    def __str__(self) -> str:
        return self.name or f"member {self.pk}"  # never the address: this text reaches logs and the audit

    def get_session_auth_hash(self) -> str:
        return self._session_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        yield from ()

    def _session_hash(self) -> str:
        value = f"{self.password}:{self.session_generation}"
        return salted_hmac("members.Member.session", value, algorithm="sha256").hexdigest()


class StaffLinkQuerySet(models.QuerySet["StaffLink"]):
    def open_now(self) -> StaffLinkQuerySet:
        return self.filter(used_at__isnull=True, expires_at__gt=timezone.now(), member__is_active=True)


class StaffLink(models.Model):
    """A one-time sign-in of fifteen minutes for staff whose mail or second factor is lost; issued by a publisher or at
    the machine, audited. Only the token's hash is kept."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="staff_links")
    token_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = StaffLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff sign-in link")
        verbose_name_plural = _("staff sign-in links")

    def __str__(self) -> str:
        return f"sign-in link of {self.member}"


class SignInLinkQuerySet(models.QuerySet["SignInLink"]):
    def open_now(self) -> SignInLinkQuerySet:
        return self.filter(expires_at__gt=timezone.now(), member__is_active=True)


class SignInLink(models.Model):
    """What a mail with a sign-in code is worth, once: the code and the link beside it are spent by deleting this row,
    whichever comes first. Only the hash of the link's token is kept, under which the target is sealed."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sign_in_links")
    email = models.EmailField()  # where the mail went: what signing in proves
    token_hash = models.CharField(max_length=64, unique=True)
    target = models.TextField(blank=True)  # where the reader was going, on this site: see `targets`
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = SignInLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")

    def __str__(self) -> str:
        return f"sign-in link of {self.member}"


class SignedInBrowserQuerySet(models.QuerySet["SignedInBrowser"]):
    def standing(self) -> SignedInBrowserQuerySet:
        """Those whose session has neither ended nor expired."""
        live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
        return self.filter(Exists(live))


class SignedInBrowser(models.Model):
    """A session as its owner sees it: since when, seen when (to the hour), roughly which browser on which system. No
    network address, and of what the browser says about itself only these two words."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="signed_in_browsers")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(max_length=30, blank=True)
    system = models.CharField(max_length=30, blank=True)
    signed_in_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects = SignedInBrowserQuerySet.as_manager()

    class Meta:
        verbose_name = _("signed-in browser")
        verbose_name_plural = _("signed-in browsers")

    def __str__(self) -> str:
        return f"browser of {self.member}"


class AddressChange(models.Model):
    """Another address for a member, asked for at the desk. It holds when the address's owner has proved it: by a link
    good once, of which only the hash is kept. open → proved | ended (withdrawn, or a later one took its place)."""

    class State(models.TextChoices):
        OPEN = "open", _("waits for proof")
        PROVED = "proved", _("proved")
        ENDED = "ended", _("ended")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="address_changes")
    email = models.EmailField(_("new address"))
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.OPEN)
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(state="open"), name="address_change_one_open")
        ]

    def __str__(self) -> str:
        return f"address of {self.member}"
