"""Properties of users and projects: any JSON under any key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


@pytest.mark.parametrize("place", ["user/properties", "project/RND/properties"])
def test_a_property_without_a_value_is_deleted_like_any_other(
    cloud: Any, http: httpx.Client, place: str
) -> None:
    """Null is a value; only what is not there is not found."""
    root, facts = f"{cloud.facts['url']}/rest/api/3", cloud.facts
    login = (facts["email"], facts["api_token"])
    account = http.get(f"{root}/myself", auth=login).json()["accountId"]

    def call(method: str, **given: Any) -> int:
        url = f"{root}/{place}/colour"
        return http.request(
            method, url, auth=login, params={"accountId": account}, **given
        ).status_code

    body = {"content": b"null", "headers": {"Content-Type": "application/json"}}
    assert [201, 204, 404] == [call("PUT", **body), call("DELETE"), call("DELETE")]
