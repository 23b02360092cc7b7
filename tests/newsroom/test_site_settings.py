import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from newsroom.lib.models import AuditEntry, SiteSettings
from newsroom.lib.site_settings import CACHE_KEY, save_site_settings, shown_settings, site_settings

pytestmark = pytest.mark.django_db


def test_it_is_made_with_defaults_and_kept(django_assert_num_queries):
    assert site_settings().name == "Newsroom"
    with django_assert_num_queries(0):
        site_settings()


def test_it_is_read_while_redis_is_down(redis_down):
    assert site_settings().name == site_settings().name == "Newsroom"


def test_it_is_one_row():
    save_site_settings(SiteSettings(name="One"))
    save_site_settings(SiteSettings(name="Other"))
    assert [row.name for row in SiteSettings.objects.all()] == ["Other"]


def test_what_is_saved_is_kept_after_the_commit_and_no_older_row_replaces_it(django_capture_on_commit_callbacks):
    old = site_settings()
    new = SiteSettings.objects.get()
    new.name = "The Lamp"
    with django_capture_on_commit_callbacks(execute=True):
        save_site_settings(new)
        assert site_settings().name == "Newsroom"  # nobody else sees it before the commit
    cache.add(CACHE_KEY, old)  # what a slow reader would do
    assert site_settings().name == "The Lamp"


def test_a_page_shows_it_in_its_language():
    save_site_settings(SiteSettings(name="The Lamp", tagline="Light", translations={"uk": {"name": "Лампа"}}))
    cache.clear()
    ukrainian = shown_settings("uk")
    assert (ukrainian.name, ukrainian.tagline, ukrainian.grace_days) == ("Лампа", "Light", 14)
    assert shown_settings("en").name == "The Lamp"


@pytest.mark.parametrize(
    "wrong",
    [
        {"translations": []}, {"translations": {"uk": "Лампа"}}, {"translations": {"uk": {"name": 7}}},
        {"currency": "xyz"}, {"accent": "red"}, {"accent": "#12345"}, {"votes_per_patron": 0}, {"grace_days": 61},
        {"renewal_notice_days": 2}, {"renewal_notice_days": 61}, {"coffee": [400]}, {"coffee": {"eur": 3.5}},
        {"coffee": {"xyz": 300}}, {"coffee": {"eur": 0}},
    ],
)  # fmt: skip
def test_it_refuses_what_would_take_down_every_page(wrong):
    with pytest.raises(ValidationError):
        SiteSettings(pk=1, **wrong).full_clean()


def test_the_publisher_changes_it_and_the_audit_says_so(publisher_client, client):
    row = site_settings()
    form = {
        "name": "The Lamp", "accent": "#9c2f1f", "translations": "{}", "currency": "EUR", "grace_days": 14,
        "votes_per_patron": 3, "renewal_notice_days": 14, "dunning_days": "0,3, 7",
        "declines_tolerated": 15, "unpaid_tolerated": 80, "checkouts_at_once": 300,
    }  # fmt: skip
    page = f"/admin/lib/sitesettings/{row.pk}/change/"
    assert publisher_client.post(page, form).status_code == 302
    assert SiteSettings.objects.get().currency == "eur"
    assert AuditEntry.objects.filter(action="settings.changed").exists()


def test_the_publisher_types_what_a_coffee_costs_as_it_is_paid(publisher_client):
    row = site_settings()
    page = f"/admin/lib/sitesettings/{row.pk}/change/"
    shown = publisher_client.get(page).context["adminform"].form
    form = {name: value for name, value in shown.initial.items() if name != "logo"} | {"translations": "{}"}
    typed = {"coffee_eur": "3,50", "coffee_usd": "5", "coffee_jpy": "400"}
    assert publisher_client.post(page, form | typed).status_code == 302
    assert SiteSettings.objects.get().coffee == {"eur": 350, "usd": 500, "jpy": 400}
    assert publisher_client.get(page).context["adminform"].form["coffee_eur"].value() == "3.50"
    for wrong in ({"coffee_eur": "0.10"}, {"coffee_eur": "a coin"}, {"coffee_jpy": "3.5"}, {"coffee_usd": "20000"}):
        answer = publisher_client.post(page, form | wrong)
        assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert SiteSettings.objects.get().coffee == {"eur": 350, "usd": 500, "jpy": 400}
    publisher_client.post(page, form | dict.fromkeys(typed, ""))
    assert SiteSettings.objects.get().coffee == {}


def test_nobody_else_at_the_desk_may_add_or_change_it(editor_client, writer_client):
    assert editor_client.get("/admin/lib/sitesettings/add/").status_code == 403
    assert writer_client.get("/admin/lib/sitesettings/1/change/").status_code in (302, 403)


@pytest.mark.parametrize(
    "text", ["Abcd", "12345", "A" * 23, "News*room", "News<room", "Хвилелом", 'The "News"', "a\\bcde", "     "]
)
def test_it_refuses_what_no_bank_prints(text):
    with pytest.raises(ValidationError, match="5 to 22 Latin characters"):
        SiteSettings(pk=1, statement_text=text).full_clean(exclude=["name"])


@pytest.mark.parametrize("text", ["", "BREAKWATER", "Paper 2026", "A" * 22])
def test_it_takes_a_neutral_text_for_statements(text):
    SiteSettings(pk=1, statement_text=text).full_clean()


def test_it_takes_days_of_letters_in_any_order_and_keeps_them_in_theirs():
    row = SiteSettings(dunning_days=" 7,0 , 3,3")
    row.full_clean()
    assert (row.dunning_days, row.letter_days) == ("0, 3, 7", [0, 3, 7])


@pytest.mark.parametrize("given", [
    {"dunning_days": ""}, {"dunning_days": "soon"}, {"dunning_days": "3;7"}, {"dunning_days": "-1"},
    {"dunning_days": "0, 14"}, {"dunning_days": "100"}, {"grace_days": 5}, {"dunning_days": "³"},
])  # fmt: skip
def test_it_takes_no_days_of_letters_outside_the_grace(given):
    with pytest.raises(ValidationError) as refused:
        SiteSettings(**given).full_clean()
    assert set(refused.value.message_dict) == {"dunning_days"}


def test_letters_on_the_first_day_alone_need_no_grace():
    SiteSettings(grace_days=0, dunning_days="0").full_clean()
