"""Seeding the demo newsroom, step by step; each step leaves alone what it finds."""

from django.db import transaction

from articles.models import Article, Page, Section
from members.accounts.models import Member
from members.patronage.models import Tier
from newsletters.models import Newsletter
from newsroom.lib.models import SiteSettings
from newsroom.settings.environment import IS_PRODUCTION, NEWSROOM_MODE
from newsroom.site.demo import asking, at_work, editions, giving, house, letters, people, stories, troubles


class NotADemo(Exception):  # noqa: N818
    """The database holds real content. The text can be shown to a person."""


def seed_demo() -> int:
    """Fills an empty database, or completes one that was seeded before; the number of stories that stand then.
    Raises NotADemo for a database with content of its own and changes nothing there."""
    refuse_real_content()
    with transaction.atomic():
        house.seed_settings()
        house.seed_taxonomy()
        house.seed_authors()
        publisher = people.seed_staff()
        asking.seed_tiers()
        asking.seed_campaigns()
        asking.seed_rounds()
        asking.seed_topics()
    published = stories.seed_stories(publisher)
    with transaction.atomic():
        house.seed_menus()
        readers, crowd = people.seed_readers(), people.seed_crowd()
        asking.seed_patrons(readers, crowd)
        asking.seed_ballots(crowd)
        asking.seed_commissions(published, publisher)
        letters.seed_newsletters(readers, crowd)
        editions.seed_editions(published, publisher)
        stories.seed_files(publisher)
        writer = Member.objects.get(email="writer@example.org")
        at_work.seed_stories_at_work(writer=writer, editor=Member.objects.get(email="editor@example.org"))
        at_work.seed_loan(publisher=publisher, writer=writer)
    if NEWSROOM_MODE == "demo":  # tests share one sandbox, whose clock is not ours to move
        giving.seed_support(others=troubles.givers)
        troubles.seed_price_move()
    return len(published)


def refuse_real_content() -> None:
    if IS_PRODUCTION:
        raise NotADemo(
            "NEWSROOM_MODE is production: set it to demo to fill a database with the demo; nothing was changed."
        )
    settings = SiteSettings.objects.filter(pk=1).first()
    if settings is not None and settings.is_demo:
        return
    if any(model._default_manager.exists() for model in (Article, Page, Member, Newsletter, Section, Tier)):
        raise NotADemo("This database holds content that is not the demo's; nothing was changed.")
