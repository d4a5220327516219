"""The addresses of scores."""

from django.urls import path

from . import churn_list

urlpatterns = [
    path("scores/churn/", churn_list.page, name="churn_scores"),
    path("scores/churn/export", churn_list.export, name="churn_scores_export"),
]
