from django.urls import path

from members.voting import views

urlpatterns = [
    path("topics/", views.topics, name="topics"),
    path("topics/suggest/", views.topic_suggest, name="topic-suggest"),
    path("topics/vote/", views.vote, name="vote"),
    path("topics/board/", views.board, name="board"),
    path("topics/rounds/<int:number>/", views.round_results, name="round"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
]
