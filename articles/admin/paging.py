"""Pages of the desk's long lists."""

from typing import Any

from django.core.paginator import Page
from unfold import paginator


class InfinitePaginator(paginator.InfinitePaginator):
    """Finds the keys of a page's rows first and reads only those, in one query: what a list shows of a row (its latest
    revision's content is long) would else be read for every row that matches, before they are sorted. Counts
    nothing, and has django-unfold's own name, by which its templates know that its number of rows is none."""

    def page(self, number: int | str) -> Page[Any]:
        place = int(self.validate_number(number))
        first = (place - 1) * self.per_page
        keys = self.object_list.values("pk")[first : first + self.per_page]
        return self._get_page(self.object_list.filter(pk__in=keys), place, self)
