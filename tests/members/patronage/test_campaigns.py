"""What asks at the foot of a story."""

import pytest
from django.http import HttpResponse
from django.template import Context, Template

from members.patronage import campaigns
from members.patronage.errors import NotAllowed
from members.patronage.models import Campaign
from newsroom.lib.page_cache import public_page
from tests.articles import making

pytestmark = pytest.mark.django_db
APPEAL = Template("{% load patronage %}{% appeal %}")


def test_it_shows_the_campaign_with_its_two_links(campaign, django_assert_num_queries):
    """The other ways only where somebody has written them, and for that nothing more is asked."""
    html = APPEAL.render(Context())
    assert "That is the end of the story." in html and html.count("<p>") == 2
    assert 'href="/support/"' in html and "/support/other-ways/" not in html
    making.page("other-ways", headline="Other ways")
    with django_assert_num_queries(1):
        assert 'href="/support/other-ways/"' in APPEAL.render(Context())


def test_it_asks_in_the_language_of_the_story_and_names_it(make_story_row):
    story, _campaign = make_story_row
    html = Template("{% load patronage %}{% appeal article %}").render(Context({"article": story}))
    assert f'href="/support/?story={story.pk}"' in html


def test_it_shows_nothing_where_no_campaign_runs(campaign):
    Campaign.objects.update(is_running=False)
    assert not APPEAL.render(Context()).strip()


def test_it_runs_one_per_language(campaign, manager, editor):
    other = Campaign.objects.create(
        language="en", name="Second", lead="Lead", text="Text", button_label="b", other_label="o"
    )
    campaigns.run_campaign(user=manager, campaign=other)
    assert list(Campaign.objects.filter(is_running=True)) == [other]
    with pytest.raises(NotAllowed):
        campaigns.run_campaign(user=editor, campaign=campaign)


def test_it_names_what_a_page_that_asks_is_made_of(campaign, rf):
    view = public_page(lambda request: HttpResponse(APPEAL.render(Context())))
    assert {campaigns.PAGE_KEY, "menus"} <= set(view(rf.get("/")).page_keys)
