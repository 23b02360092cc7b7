"""Which addresses may be embedded and what player each stands for."""

from urllib.parse import urlsplit

import pytest

from articles.embedding import MASTODON_HOSTS, PROVIDER_NAMES, find_player, is_embed_url
from newsroom.lib.header_policy import PLAYER_ORIGINS

PLAYERS = {
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    "https://youtu.be/dQw4w9WgXcQ": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    "https://m.youtube.com/shorts/dQw4w9WgXcQ": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    "https://vimeo.com/76979871": "https://player.vimeo.com/video/76979871?dnt=1",
    "https://x.com/someone/status/20?s=2": "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=20",
    "https://twitter.com/someone/status/20": "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=20",
    "https://bsky.app/profile/did:plc:abc/post/3k": "https://embed.bsky.app/embed/did:plc:abc/app.bsky.feed.post/3k",
    "https://mastodon.social/@someone/109": "https://mastodon.social/@someone/109/embed",
    "https://t.me/channel/12": "https://t.me/channel/12?embed=1",
    "https://www.instagram.com/p/AbC_1/": "https://www.instagram.com/p/AbC_1/embed/",
    "https://www.facebook.com/page/posts/1": "https://www.facebook.com/plugins/post.php?"
    "href=https%3A%2F%2Fwww.facebook.com%2Fpage%2Fposts%2F1&show_text=true",
    "https://www.tiktok.com/@someone/video/71": "https://www.tiktok.com/embed/v2/71",
    "https://open.spotify.com/intl-de/track/4uLU6": "https://open.spotify.com/embed/track/4uLU6",
    "https://soundcloud.com/a/b": "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fa%2Fb",
    "https://www.google.com/maps/place/Kyiv+Opera/@50,30": "https://www.google.com/maps?q=Kyiv+Opera&output=embed",
    "https://www.google.com/maps/embed?pb=!1m18!2m3": "https://www.google.com/maps/embed?pb=!1m18!2m3",
    "https://datawrapper.dwcdn.net/AbC12/3/": "https://datawrapper.dwcdn.net/AbC12/3/",
}
ONLY_LINKS = [
    "https://example.org/report.PDF", "/media/files/report.pdf", "https://maps.app.goo.gl/abc",
    "https://toots.example/@someone/109", "https://social.toots.example/@some.one@else.example/109/",
]  # fmt: skip
REFUSED = [
    "", "javascript:x", "https://example.org/", "http://youtu.be/x", "https://youtube.com.evil.example/watch?v=1",
    "https://youtube.com@evil.example/x", "https://u:p@evil.example/a.pdf", "//evil.example/a.pdf", "https://[",
    '/a.pdf"x', "https://www.google.com/search?q=x",
    "http://toots.example/@someone/109", "https://u:p@toots.example/@someone/109", "https://10.0.0.10/@someone/109",
    "https://toots.example:8443/@someone/109", "https://toots.example/@someone/109/embed", "https://localhost/@a/1",
    "https://toots.example/@someone", "https://toots.example/@someone/about",
    "https://youtu.be/x y", "data:application/pdf,x", "https://youtube.com:8443/watch?v=1", "/../../a pdf.pdf",
]  # fmt: skip


@pytest.mark.parametrize(("address", "player"), PLAYERS.items())
def test_it_knows_the_player_of_an_address(address, player):
    assert find_player(address).address == player


@pytest.mark.parametrize("address", ONLY_LINKS)
def test_it_offers_a_link_where_there_is_no_player(address):
    assert find_player(address).address == ""


@pytest.mark.parametrize("address", REFUSED)
def test_it_refuses_any_other_address(address):
    assert not is_embed_url(address)


def test_it_opens_only_what_the_content_policy_lets_open():
    """Each player's origin stands in the policy, and nothing stands there that no player needs."""
    made = {_origin(player) for player in PLAYERS.values()} | {f"https://{host}" for host in MASTODON_HOSTS}
    allowed = {_origin(source) for source in PLAYER_ORIGINS}
    assert allowed == made | {"https://flo.uri.sh"}


def test_it_shows_a_player_of_each_provider():
    assert {find_player(address).provider for address in (*PLAYERS, *ONLY_LINKS)} == {*PROVIDER_NAMES} - {"Flourish"}


def _origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
