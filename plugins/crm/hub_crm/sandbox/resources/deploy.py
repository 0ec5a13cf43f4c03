"""Deploying packages of metadata by REST."""

from __future__ import annotations

import base64
from typing import Any

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap.deploying import deployed, told_of
from hub_crm.sandbox.wire import Answer, ApiError, Call, read_json


def create(site: Site, call: Call) -> Answer:
    """Deploy the zip of a form, whose other part tells how: 201."""
    archive = next((part.data for part in call.parts if part.filename), None)
    told = next((part.data for part in call.parts if not part.filename), b"{}")
    asked = read_json(told)
    options: Any = asked.get("deployOptions") if isinstance(asked, dict) else None
    if archive is None:
        raise ApiError(400, "MISSING_ARGUMENT", "A form with a zip file was expected")
    options = options if isinstance(options, dict) else {}
    deploy_id = deployed(site, call.user_id, base64.b64encode(archive).decode(), options)
    place = f"{call.base}/metadata/deployRequest/{deploy_id}"
    pending = {"id": deploy_id, "done": False, "status": "Pending", "success": False}
    body = {"id": deploy_id, "url": place, "deployOptions": options, "deployResult": pending}
    return Answer(201, body, {"Location": place})


def read(site: Site, call: Call) -> Answer:
    """Give the state of a deployment."""
    deploy_id = call.segments["deploy"]
    told = told_of(site, deploy_id, details=call.flag("includeDetails"))
    place = f"{call.base}/metadata/deployRequest/{deploy_id}"
    return Answer(200, {"id": deploy_id, "url": place, "deployResult": told})
