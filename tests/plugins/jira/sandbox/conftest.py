"""Raw access to emulated sites, as any of their users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Web = Callable[..., httpx.Response]


@pytest.fixture
def access(http: httpx.Client) -> Callable[..., Web]:
    """Give a maker of raw accesses to a site as one of its users."""

    def make(site: Any, name: str = "hub", api: int = 3) -> Web:
        user = site.sandbox.site.find_user(name)
        login = (user.email if site.cloud else user.name, user.secret)

        def call(method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
            url = f"{site.facts['url']}/rest/api/{api}/{path}"
            return http.request(method, url, json=body, params=params, auth=login)

        return call

    return make
