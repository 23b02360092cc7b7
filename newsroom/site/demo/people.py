"""The demo's staff with second factors, its readers and its crowd of patrons."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from members.accounts import roles
from members.accounts.models import Member
from newsroom.site.demo.reading import read_table

STAFF = {
    "publisher@example.org": ("Mirre Soelberg", roles.PUBLISHER, "mirre-soelberg"),
    "editor@example.org": ("Olena Marsh", roles.EDITOR, "olena-marsh"),
    "writer@example.org": ("Tobin Aldercott", roles.WRITER, "tobin-aldercott"),
    "membership@example.org": ("Ansel Quillby", roles.MEMBERSHIP_MANAGER, ""),
}
CROWD = 460  # patrons whose only part is to vote
# How the first of them wish to be thanked: by name, in part, or for somebody.
THANKED = (
    "Aldith and Bram Coverley", "A night nurse from ward nine", "Benno V.", "Brigid Sallowmere", "Cato & Minna",
    "Class 6b of Dyke Road School", "Danylo Zavodskyi-Pyrih", "Edda Thornquill", "Family Okkerhaven",
    "For Grandmother Ilse", "Gerrit the eel smoker", "Halka Vereshchynska-Mol", "Ines from the tram depot",
    "J. Pellworm", "Klara and the choir", "Leocadia Windermoor", "Максим і Віра", "Nils Ankerstrand",
    "Old Pier Reading Circle", "Philippa Dunmarsh", "Родина Кораблів", "Stellan Brackwater", "Two from the ferry",
    "Ustyna Lodiana-Hai", "Wendelin R.",
)  # fmt: skip


def seed_staff() -> Member:
    """Four people, each with a role and a second factor of their own; returns the publisher."""
    for email, (name, role, author_key) in STAFF.items():
        member = add_member(email, name=name, is_staff=True)
        if not member.groups.filter(name=role).exists():
            roles.grant_role(user=None, member=member, role=role)
        if not Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).exists():
            totp.TOTP.activate(member, totp.generate_totp_secret())
        if author_key:
            _link_author(member, author_key)
    return Member.objects.get(email="publisher@example.org")


def _link_author(member: Member, key: str) -> None:
    from articles.models import Author

    Author.objects.filter(slug=key, member__isnull=True).update(member=member)


def seed_readers() -> dict[str, Member]:
    """The named readers, by address."""
    return {
        reader["email"]: add_member(reader["email"], name=reader["name"], language=reader["language"])
        for reader in read_table("readers")["reader"]
    }


def seed_crowd() -> list[Member]:
    """Patrons without a story of their own, so that a round has hundreds of ballots."""
    wanted = [f"patron-{number:03d}@example.org" for number in range(1, CROWD + 1)]
    known = set(Member.objects.filter(email__in=wanted).values_list("email", flat=True))
    now = timezone.now()
    Member.objects.bulk_create(
        Member(
            email=email, name=f"Patron {number}", language="uk" if number % 9 == 0 else "en", proved_at=now,
            display_name=THANKED[number - 1] if number <= len(THANKED) else "",
            joined_at=now - timedelta(days=5 + number % 110), password=make_password(None),
        )
        for number, email in enumerate(wanted, start=1)
        if email not in known
    )  # fmt: skip
    return list(Member.objects.filter(email__in=wanted).order_by("email"))


def add_member(email: str, *, name: str, is_staff: bool = False, language: str = "en") -> Member:
    member = Member.objects.filter(email=email).first()
    if member is None:
        member = Member.objects.create_user(
            email, name=name, is_staff=is_staff, language=language, proved_at=timezone.now()
        )
    EmailAddress.objects.get_or_create(user=member, email=email, defaults={"verified": True, "primary": True})
    return member
