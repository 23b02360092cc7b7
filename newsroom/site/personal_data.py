"""Each field with personal data: why it is kept and for how long. One table: the purge asks it how long, and a test
finds a field that it does not name."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Model

from members.patronage.forgetting import OTHERS_KEPT, TAKEN_KEPT, UNPAID_KEPT


@dataclass(frozen=True)
class PersonalData:
    """`retention` counts from the row's creation; None: as long as the member or the story stands."""

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
WRITTEN_BY = "who did it, for the newsroom's own responsibility"

TABLE = (
    PersonalData("members.Member", ("email", "name", "display_name", "language", "time_zone"), "the account"),
    PersonalData("members.Member", ("merged_into",), "so that what stood under two addresses is found under one"),
    PersonalData("account.EmailAddress", ("user", "email"), "the address that signs in"),
    PersonalData("mfa.Authenticator", ("user",), "the second factor, until it is removed"),
    PersonalData("admin.LogEntry", ("user",), WRITTEN_BY),
    PersonalData("members.StaffLink", ("member", "issued_by"), "signing in staff who lost their mail or factor"),
    PersonalData(
        "members.SignInLink", ("member", "email"), "signing in by a mailed link, until it is used", timedelta(days=1)
    ),
    PersonalData(
        "members.SignedInBrowser", ("member", "browser", "system"),
        "showing the member where they are signed in, until that ends",
    ),
    PersonalData("members.AddressChange", ("member", "email"), "proving another address", timedelta(days=90)),
    PersonalData("members.AddressChange", ("asked_by",), WRITTEN_BY),
    PersonalData("members.StripeCustomer", ("member",), "finding the member whose money came in"),
    PersonalData("members.Subscription", ("member",), f"what the member gives{WITH_THE_ACCOUNT}"),
    PersonalData("members.Subscription", ("fingerprint",), "noticing that somebody pays twice"),
    PersonalData("members.Double", ("decided_by",), WRITTEN_BY),
    PersonalData("members.SupportChange", ("member",), f"changing what the member gives, once{WITH_THE_ACCOUNT}"),
    PersonalData("members.SupportChange", ("comment",), "learning why support ends", TWO_YEARS),
    PersonalData(
        "members.Declaration", ("member", "given", "name"),
        "the proof of what was declared, and when; what nobody confirmed is forgotten "
        f"{UNCONFIRMED_KEPT.days} days after its link", AS_LETTERS,
    ),
    PersonalData("members.PriceMove", ("started_by",), WRITTEN_BY),
    PersonalData("members.Payment", ("member",), f"receipts and bookkeeping{WITH_THE_ACCOUNT}"),
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
        "members.StripeEvent", ("object_id",), "taking what Stripe tells, once; what failed waits for a person",
        timedelta(days=180),
    ),
    PersonalData("members.RefundRequest", ("asked_by",), WRITTEN_BY),
    PersonalData("members.MemberNote", ("member", "text"), "looking after the member"),
    PersonalData("members.MemberNote", ("written_by",), WRITTEN_BY),
    PersonalData("members.Reconciliation", ("started_by",), WRITTEN_BY),
    PersonalData("members.CheckoutBreaker", ("opened_by", "closed_by"), WRITTEN_BY),
    PersonalData("members.Drift", ("mended_by",), WRITTEN_BY),
    PersonalData("members.Topic", ("suggested_by",), "telling the member what came of it"),
    PersonalData("members.Ballot", ("member",), "one ballot each, and telling voters that the story is out"),
    PersonalData("members.Commission", ("commissioned_by",), WRITTEN_BY),
    PersonalData("newsletters.Signup", ("member", "source", "network_hash"), "the proof of consent"),
    PersonalData(
        "newsletters.Delivery", ("signup", "provider_id"), "showing that an edition was sent", timedelta(days=365)
    ),
    PersonalData("newsletters.Edition", ("created_by",), WRITTEN_BY),
    PersonalData("newsletters.Suppression", ("address_hash",), "never writing again to who asked us not to"),
    PersonalData(
        "lib.Letter", ("member", "to_email", "subject", "text", "html", "headers"),
        "sending the mail and showing that it was sent", timedelta(days=90),
    ),
    PersonalData("lib.AuditEntry", ("actor",), WRITTEN_BY),
    PersonalData("lib.Job", ("started_by",), WRITTEN_BY),
    PersonalData("lib.SiteSettings", ("contact_email",), "how readers reach the newsroom"),
    PersonalData("articles.Author", ("member", "public_email"), "the byline, as long as the author's stories stand"),
    PersonalData("articles.Article", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Page", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Revision", ("created_by",), WRITTEN_BY),  # autosaves go within a month: articles.thinning
    PersonalData("articles.Image", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Asset", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Correction", ("created_by",), WRITTEN_BY),
    PersonalData("articles.Note", ("written_by", "addressed_to", "resolved_by"), WRITTEN_BY),
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
