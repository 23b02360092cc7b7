"""Running a campaign: one per language asks at a time."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from articles.models import Page
from articles.models.pages import OTHER_WAYS_SLUG
from members.accounts.models import Member
from members.patronage.errors import NotAllowed
from members.patronage.models import Campaign
from newsroom.lib.audit import record
from newsroom.lib.page_cache import note_keys, purge

PAGE_KEY = "campaign"


@dataclass(frozen=True)
class Appeal:
    """A running campaign as a page shows it."""

    lead: str
    paragraphs: list[str]
    button_label: str
    button_url: str
    other_label: str
    other_url: str


def running_campaign(language: str) -> Campaign | None:
    """With `has_other_ways`: whether editors have written that page in its language."""
    written = Page.objects.published().in_language(language).filter(slug=OTHER_WAYS_SLUG)
    running = Campaign.objects.filter(language=language, is_running=True)
    return running.annotate(has_other_ways=Exists(written)).first()


def make_appeal(language: str, *, article_id: int | None = None) -> Appeal | None:
    """What asks in `language` now; the page that shows it is dropped when the campaign changes, and as menus are, when
    a page such as the other ways is published or taken back."""
    note_keys(PAGE_KEY, "menus")
    campaign = running_campaign(language)
    if campaign is None:
        return None
    with translation.override(language):
        support, other = reverse("members:support"), reverse("articles:other-ways")
    is_written: bool = campaign.has_other_ways  # type: ignore[attr-defined]  # annotated
    return Appeal(
        lead=campaign.lead, paragraphs=campaign.paragraphs, button_label=campaign.button_label,
        button_url=f"{support}?story={article_id}" if article_id else support,
        other_label=campaign.other_label, other_url=other if is_written else "",
    )  # fmt: skip


def _require(user: Member) -> None:
    if not user.has_perm("members.change_campaign"):
        raise NotAllowed(_("Only membership managers may run campaigns."))


def run_campaign(*, user: Member, campaign: Campaign) -> None:
    """Asks from now on, instead of the one that asked in its language. Raises NotAllowed."""
    _require(user)
    with transaction.atomic():
        same_language = Campaign.objects.filter(language=campaign.language)
        list(same_language.select_for_update().order_by("pk"))  # two at once come one after the other
        same_language.exclude(pk=campaign.pk).update(is_running=False)
        Campaign.objects.filter(pk=campaign.pk).update(is_running=True)
        record("campaign.run", actor=user, target=campaign)
        purge([PAGE_KEY])


def stop_campaign(*, user: Member, campaign: Campaign) -> None:
    """No appeal in its language until one is run. Raises NotAllowed."""
    _require(user)
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(is_running=False)
        record("campaign.stopped", actor=user, target=campaign)
        purge([PAGE_KEY])
