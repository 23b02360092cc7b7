from articles.models.articles import Article, Byline, Correction, RelatedStory
from articles.models.authors import Author
from articles.models.deciding import Note, PublishingLoan
from articles.models.links import BodyReference, PreviewLink, Redirect
from articles.models.media import Asset, Image, Rendition
from articles.models.menus import Menu, MenuItem
from articles.models.pages import Page
from articles.models.revisions import Revision
from articles.models.taxonomy import Section, Series, Tag

__all__ = [
    "Article", "Asset", "Author", "BodyReference", "Byline", "Correction", "Image", "Menu", "MenuItem",
    "Note", "Page", "PreviewLink", "PublishingLoan", "Redirect", "RelatedStory", "Rendition", "Revision",
    "Section", "Series", "Tag",
]  # fmt: skip
