"""Seeding the demo: the same rows however often, and never into a newsroom's own database."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import CommandError, call_command

from articles.menus import menu_links
from articles.models import Article, Image, Page
from members.patronage.models import Period
from members.patronage.thanking_views import thanked_names
from members.voting.models import Round
from newsletters.models import Edition, Newsletter
from newsroom.lib.models import Outbox, SiteSettings
from newsroom.site.demo import seed
from newsroom.site.demo.people import THANKED
from newsroom.site.demo.reading import read_table, read_texts
from newsroom.site.demo.seed import NotADemo, seed_demo
from tests.articles import making

APPS = ("articles", "members", "newsletters", "lib", "account", "mfa")
pytestmark = pytest.mark.django_db


# The lists that the months played in the sandbox fill.
PLAYED = {
    "members.checkout", "members.declaration", "members.dispute", "members.donation", "members.double", "members.gift",
    "members.payment", "members.refund", "members.refundrequest", "members.stripeevent", "members.subscription",
    "members.supportchange", "lib.letter",
}  # fmt: skip
EMPTY = {
    "members.checkoutbreaker": "it opens while stolen cards are tried",
    "members.drift": "what the nightly comparison with Stripe finds, and here the two agree",
    "members.stafflink": "a way in for whoever cannot get a letter, made by hand and spent at once",
}


def count_rows():
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model._default_manager.count() for model in models}


PAGES = {
    "about", "team", "editorial-policy", "corrections-policy", "ownership-and-funding", "privacy", "imprint", "contact",
    "other-ways",
}  # fmt: skip


def assert_it_is_a_newsroom():
    """What a visitor should find there."""
    stories = Article.objects.published()
    assert stories.filter(language="en").count() >= 12
    assert len(set(stories.values_list("kind", flat=True))) >= 4
    lengths = sorted(stories.filter(language="en").values_list("word_count", flat=True))
    assert lengths[-1] > 4 * lengths[0]
    english = stories.filter(language="en").values("translation_key")
    assert stories.filter(language="uk", translation_key__in=english).count() >= 2
    for language in ("en", "uk"):
        assert Page.objects.published().filter(language=language).count() >= len(PAGES)
        links = {place: {link.url for link in found} for place, found in menu_links(language).items()}
        root = "" if language == "en" else f"/{language}"
        assert links["main"] >= {f"{root}/topics/"} and len(links["main"]) >= 5
        assert links["footer"] >= {f"{root}/{slug}/" for slug in PAGES - {"other-ways"}} | {f"{root}/newsletters/"}
    assert set(Page.objects.published().filter(language="en").values_list("slug", flat=True)) >= PAGES
    assert all(Page.objects.published().values_list("live_revision_id", flat=True))
    assert sorted(Round.objects.values_list("state", flat=True)) == ["closed", "open", "planned"]
    assert Round.objects.get(state=Round.State.OPEN).candidates.count() >= 3
    assert Newsletter.objects.count() >= 2
    assert Period.objects.running().values("member").distinct().count() > 100


def test_it_gives_the_same_rows_twice_and_leaves_what_a_visitor_changed(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    published = seed_demo()
    assert published == Article.objects.published().count() >= 24
    assert_it_is_a_newsroom()
    assert not Outbox.objects.exclude(state="done").exists()
    assert set(THANKED) <= set(thanked_names())
    before = count_rows()
    SiteSettings.objects.update(name="A visitor's name")
    waiting = Outbox.objects.create(kind="article.published", key="visitors")
    assert seed_demo() == published
    waiting.refresh_from_db()
    assert (SiteSettings.objects.get().name, waiting.state) == ("A visitor's name", "waiting")
    waiting.delete()
    assert count_rows() == before


def test_each_list_at_the_desk_has_something_to_see(settings, tmp_path):
    """Or is named with the reason why it has not. What the sandbox plays is looked at in test_demo_giving."""
    settings.MEDIA_ROOT = str(tmp_path)
    seed_demo()
    lists = {model._meta.label_lower for model in admin.site._registry}
    empty = {label for label in lists if not apps.get_model(label)._default_manager.exists()}
    assert empty == PLAYED | set(EMPTY)


def test_it_refuses_a_database_with_a_story_and_changes_nothing():
    making.story()
    before = count_rows()
    with pytest.raises(NotADemo):
        seed_demo()
    assert count_rows() == before


def test_it_refuses_a_database_with_a_person(make_member):
    make_member("real@example.org")
    with pytest.raises(CommandError, match=r"nothing was changed\.$"):
        call_command("seed_demo")


def test_it_refuses_a_database_with_a_page_or_a_tier(tier):
    with pytest.raises(NotADemo):
        seed_demo()


def test_it_refuses_production_and_says_what_to_do(monkeypatch):
    monkeypatch.setattr(seed, "IS_PRODUCTION", True)
    with pytest.raises(NotADemo, match="set it to demo"):
        seed_demo()
    assert not Article.objects.exists()


def stop(*_arguments):
    raise KeyboardInterrupt


def test_it_completes_what_was_interrupted_twice_and_doubles_nothing(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = str(tmp_path)
    for step in ("people.seed_staff", "editions.seed_editions"):
        with monkeypatch.context() as interrupted:
            interrupted.setattr(f"newsroom.site.demo.{step}", stop)
            with pytest.raises(KeyboardInterrupt):
                seed_demo()
    out = [text for text in read_texts("stories") if not text["state"]]
    assert seed_demo() == Article.objects.published().count() == len(out)
    assert Image.objects.count() == len(read_table("pictures")["picture"])
    assert Edition.objects.filter(state="draft").count() == 1
    assert Edition.objects.filter(state="sent").count() == len(read_table("editions")["edition"])
    whole = count_rows()
    seed_demo()
    assert count_rows() == whole
