"""Our addresses, and theirs under /peer/: the flow as an app of their site, with its stock queue page.

Beside it stands the same list tuned by hand: without the filters, of which one offers every waiting process.
"""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset
from viewflow.workflow.flow.views import FlowQueueListView

from crmgov.urls import handler500
from crmgov.urls import urlpatterns as ours

from .flows import ReviewFlow

__all__ = ["handler500", "urlpatterns"]


class WithoutFilters(FlowQueueListView):
    filterset_class = None


class ReviewApp(FlowAppViewset):
    @property
    def tuned_path(self) -> Any:
        view = WithoutFilters.as_view(**self.filter_kwargs(WithoutFilters))
        return path("tuned/", view, name="tuned")


urlpatterns: list[URLPattern | URLResolver] = [
    path("peer/", Site(title="Peer", viewsets=[ReviewApp(ReviewFlow)]).urls),
    *ours,
]
