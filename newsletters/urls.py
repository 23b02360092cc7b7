from datetime import date

from django.urls import path, register_converter

from newsletters import views, views_token


class DayConverter:
    """`2024-11-13` as a date; anything else is no such address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(DayConverter, "day")

app_name = "newsletters"
urlpatterns = [
    path("", views.newsletters, name="newsletters"),
    path("asked/", views.signup_asked, name="signup-asked"),
    path("confirm/<str:token>/", views_token.signup_confirm, name="signup-confirm"),
    path("<slug:slug>/", views.newsletter, name="newsletter"),
    path("<slug:slug>/<day:day>-<int:number>/", views.edition, name="edition"),
]
