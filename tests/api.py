"""A program that uses the REST API, as tests see it."""

import json
from collections.abc import Iterable
from typing import Any

from django.test import Client

from accounts.models import User, Workspace
from accounts.scopes import ALL_SCOPES
from accounts.services import create_api_key


class ApiClient:
    """Calls the API with one key; answers are (status, body)."""

    def __init__(self, workspace: Workspace, scopes: Iterable[str] = ALL_SCOPES, maker: User | None = None) -> None:
        self.key, self.secret = create_api_key(workspace=workspace, name="Shop", scopes=scopes, created_by=maker)
        self.client = Client(raise_request_exception=True)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The raw response."""
        headers.setdefault("Authorization", f"Bearer {self.secret}")
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, path if path.startswith("http") else f"/api/v1/{path}", data, "application/json", headers=headers
        )

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """The body of a GET, checked for its status."""
        return self._checked(self.call("GET", path, **headers), status)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        """The body of a POST."""
        return self._checked(self.call("POST", path, body, **headers), status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        """The body of a PUT."""
        return self._checked(self.call("PUT", path, body), status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        """The body of a PATCH."""
        return self._checked(self.call("PATCH", path, body), status)

    def delete(self, path: str, status: int = 204) -> Any:
        """The body of a DELETE, None when it went well."""
        return self._checked(self.call("DELETE", path), status)

    @staticmethod
    def _checked(response: Any, status: int) -> Any:
        assert response.status_code == status, (response.status_code, response.content[:2000])
        return response.json() if response.content else None
