"""What the library must not lose: whatever a text shows that is out, or that somebody may still publish or go back to.

Live rows are asked first. Versions hold what they need by id in their snapshot, of which no foreign key knows; to ask
all of them is slow with many, so it is done where somebody deletes and not where a page merely offers it.
"""

from __future__ import annotations

from django.db.models import Model, Q

from articles.models import Article, Asset, Author, Image, MenuItem, Page, Redirect, Revision, Section, Series, Tag


def is_shown(row: Model) -> bool:
    """By a live row, whatever the state of its story or page."""
    match row:
        case Image():
            return row.leads.exists() or row.used_in.exists() or Author.objects.filter(portrait=row).exists()
        case Asset():
            name = row.file.name
            texts = any(kind.objects.filter(body__contains=name).exists() for kind in (Article, Page))
            linked = MenuItem.objects.filter(address__contains=name), Redirect.objects.filter(new_path__contains=name)
            return texts or any(rows.exists() for rows in linked)
        case Section() | Tag() | Series() | Author():
            return row.articles.exists()  # type: ignore[union-attr]
    raise TypeError(row)


def is_in_a_version(row: Model) -> bool:
    """Of a draft, a scheduled story, or one of old that can be restored; autosaves too."""
    return Revision.objects.filter(_held_by_content(row)).exists()


def _held_by_content(row: Model) -> Q:
    match row:
        case Image():
            return Q(content__lead_image_id=row.pk) | Q(content__body__icontains=f'data-image="{row.pk}"')
        case Asset():
            return Q(content__body__icontains=row.file.name)
        case Section():
            return Q(content__section_id=row.pk)
        case Series():
            return Q(content__series_id=row.pk)
        case Tag():
            return Q(content__tag_ids__contains=row.pk)
        case Author():
            return Q(content__bylines__contains=[{"author_id": row.pk}])
    raise TypeError(row)
