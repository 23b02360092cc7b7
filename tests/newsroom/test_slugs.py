import pytest
from django.db import connection

from newsroom.lib.slugs import make_slug, sort_key, transliterate


@pytest.mark.parametrize(
    ("ukrainian", "latin"),
    [
        # Examples of the table in the resolution of 27 January 2010.
        ("Алушта", "alushta"), ("Борщагівка", "borshchahivka"), ("Вишгород", "vyshhorod"), ("Гадяч", "hadiach"),
        ("Ґалаґан", "galagan"), ("Єнакієве", "yenakiieve"), ("Гаєвич", "haievych"), ("Згорани", "zghorany"),
        ("Розгон", "rozghon"), ("Їжакевич", "yizhakevych"), ("Кадиївка", "kadyivka"), ("Йосипівка", "yosypivka"),
        ("Стрий", "stryi"), ("Щербухи", "shcherbukhy"), ("Знам’янка", "znamianka"), ("Юрій", "yurii"),
        ("Ярошенко", "yaroshenko"), ("Феодосія", "feodosiia"),
    ],
)  # fmt: skip
def test_it_romanises_by_the_official_table(ukrainian, latin):
    assert transliterate(ukrainian) == latin


def test_it_makes_a_slug_of_ukrainian():
    assert make_slug("Київ: «Що далі?»") == "kyiv-shcho-dali"


def test_it_cuts_a_slug_at_a_word():
    assert make_slug("one two three four", max_length=11) == "one-two"


def test_it_keeps_one_very_long_word_within_the_limit():
    assert len(make_slug("a" * 300)) == 80


def test_it_sorts_ukrainian_as_its_alphabet_does():
    names = ["Яна", "Іван", "Євген", "Жанна", "Ганна", "Ґеорг", "Їжак", "Йосип", "Дарина", "Едуард"]
    assert sorted(names, key=sort_key) == [
        "Ганна", "Ґеорг", "Дарина", "Едуард", "Євген", "Жанна", "Іван", "Їжак", "Йосип", "Яна",
    ]  # fmt: skip


@pytest.mark.django_db
def test_names_sort_by_the_bytes_of_their_keys_whatever_the_servers_locale():
    """The servers of tests sort by bytes anyway; a cluster in en_US does not."""
    question = "SELECT table_name, collation_name FROM information_schema.columns WHERE column_name = 'sort_key'"
    with connection.cursor() as cursor:
        cursor.execute(question)
        found = dict(cursor.fetchall())
    assert found == dict.fromkeys(
        ("articles_author", "articles_section", "articles_series", "articles_tag"), "C"
    )  # fmt: skip
