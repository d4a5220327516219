"""Addresses of people: so far only the door for the first admin."""

from django.urls import path

from crmgov.people.first_admin import first_admin

app_name = "people"
urlpatterns = [path("first-admin/<str:token>/", first_admin, name="first_admin")]
