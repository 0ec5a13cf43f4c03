"""Where the resources of the Bulk APIs are."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.resources import classic, extract, ingest
from hub_crm.sandbox.routing import route

_INGEST: Final = "services/data/{version}/jobs/ingest"
_EXTRACT: Final = "services/data/{version}/jobs/query"
_CLASSIC: Final = "services/async/{version}/job"
_BATCH: Final = f"{_CLASSIC}/{{job}}/batch"
ROUTES: Final = (
    route(_INGEST, get=ingest.listing, post=ingest.create),
    route(f"{_INGEST}/{{job}}", get=ingest.read, patch=ingest.change, delete=ingest.delete),
    route(f"{_INGEST}/{{job}}/batches", put=ingest.upload),
    route(f"{_INGEST}/{{job}}/{{list}}", get=ingest.results),
    route(_EXTRACT, get=extract.listing, post=extract.create),
    route(f"{_EXTRACT}/{{job}}", get=extract.read, patch=extract.change, delete=extract.delete),
    route(f"{_EXTRACT}/{{job}}/results", get=extract.results),
    route(_CLASSIC, post=classic.create),
    route(f"{_CLASSIC}/{{job}}", get=classic.read, post=classic.change),
    route(_BATCH, get=classic.batches, post=classic.add_batch),
    route(f"{_BATCH}/{{batch}}", get=classic.batch),
    route(f"{_BATCH}/{{batch}}/request", get=classic.request),
    route(f"{_BATCH}/{{batch}}/result", get=classic.result),
    route(f"{_BATCH}/{{batch}}/result/{{result}}", get=classic.query_result),
)
