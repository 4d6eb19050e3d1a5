"""What a workspace's own host says where there is nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from consent.readers import language_of
from flows.own_hosts import own_workspace


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in the workspace's colours and language, without a word of ours."""
    workspace = own_workspace(request)
    if workspace is None:
        return render(request, "404.html", status=404)
    with translation.override(language_of("", workspace)):
        return render(request, "flows/public/nothing.html", {"workspace": workspace}, status=404)
