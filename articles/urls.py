"""Addresses of stories, pages, lists and feeds. Last of all: a page answers to any one word."""

from django.urls import URLPattern, path, re_path

from articles.views import feeds, lists, machines, pages, searching, stories

app_name = "articles"
SLUG = r"(?P<slug>[-a-zA-Z0-9_]+)"

urlpatterns: list[URLPattern] = [
    re_path(
        rf"^(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{2}})/(?P<day>[0-9]{{2}})/{SLUG}/$", stories.article, name="article"
    ),
    path("preview/<str:token>/", stories.preview, name="preview"),
    path("section/<slug:slug>/", lists.section, name="section"),
    path("tag/<slug:slug>/", lists.tag, name="tag"),
    path("series/<slug:slug>/", lists.series, name="series"),
    path("author/<slug:slug>/", lists.author, name="author"),
    path("corrections/", lists.corrections, name="corrections"),
    path("search/", searching.search, name="search"),
    path("feed/", feeds.feed, name="feed"),
    path("feed.json", feeds.feed_json, name="feed-json"),
    path("section/<slug:slug>/feed/", feeds.section_feed, name="section-feed"),
    path("section/<slug:slug>/feed.json", feeds.section_feed_json, name="section-feed-json"),
    path("tag/<slug:slug>/feed/", feeds.tag_feed, name="tag-feed"),
    path("tag/<slug:slug>/feed.json", feeds.tag_feed_json, name="tag-feed-json"),
    path("author/<slug:slug>/feed/", feeds.author_feed, name="author-feed"),
    path("author/<slug:slug>/feed.json", feeds.author_feed_json, name="author-feed-json"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("sitemap-lists.xml", machines.sitemap_lists, name="sitemap-lists"),
    path("sitemap-<int:number>.xml", machines.sitemap_stories, name="sitemap-stories"),
    path("news-sitemap.xml", machines.news_sitemap, name="news-sitemap"),
    path("robots.txt", machines.robots, name="robots"),
    path("support/other-ways/", pages.other_ways, name="other-ways"),
    path("<slug:slug>/", pages.page, name="page"),
    re_path(r"^(?P<path>.+/)$", pages.moved, name="moved"),
]
