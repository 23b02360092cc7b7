"""Each field with personal data: why it is kept and for how long. One table: the purge asks it how long, the page
docs/personal-data.md is written from it, and a test finds each field that stands neither here nor, with the reason, in
`not_personal`."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Model

from members.patronage.forgetting import OTHERS_KEPT, TAKEN_KEPT, UNPAID_KEPT


@dataclass(frozen=True)
class PersonalData:
    """`retention` counts from the row's creation, or from the end that the purpose names; None: as long as the member
    or the story stands."""

    model: str  # app_label.Model
    fields: tuple[str, ...]
    purpose: str
    retention: timedelta | None = None


AS_LETTERS = timedelta(days=10 * 365)
TWO_YEARS = timedelta(days=2 * 365)
# Payments, support and gifts hang together, and with the Periods that are a member's rights: none goes by itself. They
# stay while the account stands, and lose the person, not the amount, when it is erased.
WITH_THE_ACCOUNT = "; stays with the account, and without your name after it is erased, as tax law demands"
UNCONFIRMED_KEPT = timedelta(days=30)  # after the link's end
UNCONFIRMED_SIGNUP_KEPT = timedelta(days=30)
WRITTEN_BY = "who did it, for the newsroom's own responsibility"
BYLINE = "the byline, as long as the author's stories stand"
SESSION_KEPT = timedelta(seconds=settings.SESSION_COOKIE_AGE)

TABLE = (
    PersonalData("members.Member", ("email", "name", "display_name", "language", "time_zone"), "the account"),
    PersonalData("members.Member", ("merged_into",), "so that what stood under two addresses is found under one"),
    PersonalData("members.Member", ("password",), "signing in; no reader has one"),
    PersonalData("members.Member", ("groups", "user_permissions"), "what somebody of the newsroom may do"),
    PersonalData("account.EmailAddress", ("user", "email"), "the address that signs in"),
    PersonalData("mfa.Authenticator", ("user", "data"), "the second factor, until it is removed"),
    PersonalData("admin.LogEntry", ("user",), WRITTEN_BY),
    PersonalData(
        "admin.LogEntry", ("object_repr", "change_message"),
        "what was changed at the desk; without a member's name after it is erased",
    ),
    PersonalData(
        "sessions.Session", ("session_key", "session_data"),
        f"staying signed in: until signing out, or {SESSION_KEPT.days} days after the session was last written",
        SESSION_KEPT,
    ),
    PersonalData(
        "members.StaffLink", ("member", "issued_by"),
        "signing in staff who lost their mail or factor; the audit trail says who handed it out", timedelta(days=90),
    ),
    PersonalData(
        "members.SignInLink", ("member", "email", "target"), "signing in by a mailed link, until it is used",
        timedelta(days=1),
    ),
    PersonalData(
        "members.SignedInBrowser", ("member", "session_key", "browser", "system"),
        "showing the member where they are signed in, until that ends",
    ),
    PersonalData("members.AddressChange", ("member", "email"), "proving another address", timedelta(days=90)),
    PersonalData("members.AddressChange", ("asked_by",), WRITTEN_BY),
    PersonalData("members.StripeCustomer", ("member", "stripe_id"), "finding the member whose money came in"),
    PersonalData("members.Subscription", ("member", "stripe_id"), f"what the member gives{WITH_THE_ACCOUNT}"),
    PersonalData("members.Subscription", ("fingerprint",), "noticing that somebody pays twice"),
    PersonalData("members.Double", ("decided_by",), WRITTEN_BY),
    PersonalData(
        "members.SupportChange", ("member", "item_id"), f"changing what the member gives, once{WITH_THE_ACCOUNT}"
    ),
    PersonalData("members.SupportChange", ("reason",), f"learning why support ends{WITH_THE_ACCOUNT}"),
    PersonalData("members.SupportChange", ("comment",), "learning why support ends", TWO_YEARS),
    PersonalData(
        "members.Declaration", ("member", "given", "name", "reason"),
        "the proof of what was declared, and when; what nobody confirmed is forgotten "
        f"{UNCONFIRMED_KEPT.days} days after its link", AS_LETTERS,
    ),
    PersonalData("members.PriceMove", ("started_by",), WRITTEN_BY),
    PersonalData(
        "members.Payment", ("member", "stripe_id", "payment_intent_id", "receipt_number"),
        f"receipts and bookkeeping{WITH_THE_ACCOUNT}",
    ),
    PersonalData("members.Refund", ("stripe_id", "reason"), f"what went back, and why{WITH_THE_ACCOUNT}"),
    PersonalData("members.Dispute", ("stripe_id", "reason"), f"what the payer's bank asked back{WITH_THE_ACCOUNT}"),
    PersonalData("members.Donation", ("member",), f"receipts and bookkeeping{WITH_THE_ACCOUNT}"),
    PersonalData("members.Gift", ("giver", "redeemed_by"), f"whose gift it is{WITH_THE_ACCOUNT}"),
    PersonalData(
        "members.Gift", ("giver_name", "recipient_email", "message"),
        f"handing the gift over; forgotten {UNPAID_KEPT.days} days after it was begun and not paid, "
        f"{TAKEN_KEPT.days} after it was taken", OTHERS_KEPT,
    ),
    PersonalData("members.Period", ("member", "granted_by"), "the member's rights"),
    PersonalData("members.Checkout", ("member",), "a payment that was begun", TWO_YEARS),
    PersonalData(
        "members.Checkout", ("stripe_id",), "comparing with Stripe, which lists it too; leads to nobody after two years"
    ),
    PersonalData(
        "members.Decline", ("stripe_id", "code"),
        "stopping those who try stolen cards; leads to nobody after two years, as its checkout does",
    ),
    PersonalData(
        "members.StripeEvent", ("object_id",), "taking what Stripe tells, once; what failed waits for a person",
        timedelta(days=180),
    ),
    PersonalData("members.RefundRequest", ("reason", "refund_id"), f"giving money back, once{WITH_THE_ACCOUNT}"),
    PersonalData("members.RefundRequest", ("asked_by",), WRITTEN_BY),
    PersonalData("members.CreditTaking", ("transaction_id",), f"credit that went with its money{WITH_THE_ACCOUNT}"),
    PersonalData("members.MemberNote", ("member", "text"), "looking after the member"),
    PersonalData("members.MemberNote", ("written_by",), WRITTEN_BY),
    PersonalData("members.Reconciliation", ("started_by",), WRITTEN_BY),
    PersonalData("members.CheckoutBreaker", ("opened_by", "closed_by"), WRITTEN_BY),
    PersonalData(
        "members.Drift", ("stripe_id", "says"), "mending what Stripe and we tell differently of one payment; no name"
    ),
    PersonalData("members.Drift", ("mended_by",), WRITTEN_BY),
    PersonalData("members.Topic", ("suggested_by",), "telling the member what came of it"),
    PersonalData(
        "members.TopicText", ("question", "why"),
        "the topic itself, which all may read once it is open; nobody's any more after the account is erased",
    ),
    PersonalData("members.Ballot", ("member",), "one ballot each, and telling voters that the story is out"),
    PersonalData("members.Commission", ("commissioned_by",), WRITTEN_BY),
    PersonalData("members.Commission", ("reporter",), "who reports it"),
    PersonalData(
        "newsletters.Signup", ("member", "source", "network_hash", "token"),
        "sending the newsletter, and the proof of consent until three years after leaving; what nobody confirmed is "
        f"forgotten after {UNCONFIRMED_SIGNUP_KEPT.days} days, with the letter that asked", timedelta(days=3 * 365),
    ),
    PersonalData(
        "newsletters.Delivery", ("signup", "provider_id", "error"), "showing that an edition was sent, and why not",
        timedelta(days=365),
    ),
    PersonalData("newsletters.Edition", ("created_by",), WRITTEN_BY),
    PersonalData("newsletters.Suppression", ("address_hash",), "never writing again to who asked us not to"),
    PersonalData(
        "lib.Letter", ("member", "to_email", "subject", "text", "html", "headers"),
        "sending the mail and showing that it was sent", timedelta(days=90),
    ),
    PersonalData("lib.Letter", ("cause",), "no letter goes out twice; of people only the number of their row"),
    PersonalData(
        "lib.Outbox", ("key", "payload"),
        "doing once what is owed; of people only the number of their row; counted from when it was done: what a story "
        "owed stays with it, and what failed waits for a person", timedelta(days=90),
    ),
    PersonalData("lib.AuditEntry", ("actor",), WRITTEN_BY),
    PersonalData(
        "lib.AuditEntry", ("actor_label", "target_id", "target_label", "details"),
        "who did what to what, as long as the newsroom must answer for it; without names after they are erased",
    ),
    PersonalData("lib.Job", ("started_by",), WRITTEN_BY),
    PersonalData("lib.SiteSettings", ("contact_email",), "how readers reach the newsroom"),
    PersonalData("lib.SiteSettings", ("legal_name",), "who answers for the newsroom, as law demands"),
    PersonalData(
        "articles.Author",
        ("member", "name", "slug", "sort_key", "job", "bio", "public_email", "portrait", "translations"), BYLINE,
    ),
    PersonalData("articles.Byline", ("author", "role"), BYLINE),
    PersonalData("articles.Redirect", ("author", "old_path"), BYLINE),
    PersonalData("articles.Article", ("authors",), BYLINE),
    PersonalData("articles.Article", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Page", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Revision", ("created_by",), WRITTEN_BY),  # autosaves go within a month: articles.thinning
    PersonalData("articles.Image", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Asset", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Correction", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Note", ("written_by", "addressed_to", "resolved_by"), WRITTEN_BY),
    PersonalData("articles.Note", ("text",), "what colleagues say to each other about a story; goes with it"),
    PersonalData("articles.PublishingLoan", ("writer", "lent_by"), WRITTEN_BY),
    PersonalData("articles.PreviewLink", ("created_by",), WRITTEN_BY),
)  # fmt: skip


def kept(model: type[Model], field: str) -> timedelta:
    """How long the table lets it be. Raises LookupError for what it names no time for."""
    times = (entry.retention for entry in TABLE if entry.model == model._meta.label and field in entry.fields)
    period = next(times, None)
    if period is None:
        raise LookupError(f"{model._meta.label}.{field}")
    return period


PAGE = """# Personal data

What is held of people, why, and for how long. Written by `make manage ARGS="personal_data"` from
`newsroom/site/personal_data.py`, which the nightly purge asks too; a test finds each field that stands neither there
nor, with the reason, in `newsroom/site/not_personal.py`, and makes each time come. The member's own export names the
same. Days count from the row's creation, or from the end that the purpose names; a dash: as long as the account, the
story or the newsroom's own duty stands. Backups hold what the database held: `BACKUP_KEEP` says how many stay. Redis
holds of people counts under hashes, gone within a day, and for a minute who has which story open at the desk; logs hold
no address and no name.

| table | fields | what for | days |
|---|---|---|---|
"""


def personal_data_page() -> str:
    """docs/personal-data.md."""
    rows = (
        f"| `{entry.model}` | {', '.join(entry.fields)} | {entry.purpose} | "
        f"{entry.retention.days if entry.retention else '–'} |\n"
        for entry in TABLE
    )
    return PAGE + "".join(rows)
