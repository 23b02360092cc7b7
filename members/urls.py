from django.urls import include, path

app_name = "members"
urlpatterns = [
    path("", include("members.patronage.urls")),
    path("", include("members.voting.urls")),
]
