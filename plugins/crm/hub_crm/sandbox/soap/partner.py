"""The calls of the partner and enterprise descriptions, each answered as REST would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox import recycling
from hub_crm.sandbox.resources import collections
from hub_crm.sandbox.resources.records import saved
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap import describing, leads, metadata, sessions
from hub_crm.sandbox.soap.envelope import Request, answer, child, children, fault, local, read, text
from hub_crm.sandbox.soap.sobjects import query_result, read_sobject, write_sobject
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import NEWEST, OLDEST, Answer, ApiError, Call

Operation = Callable[[Site, Call, Request], Any]
MOST: Final = 200


def call(site: Site, http: Call) -> Answer:
    """Answer one SOAP call."""
    namespace, mark = _namespace(http), site.org.begin()
    try:
        request = read(http.body)
        namespace = request.namespace
        told = _answer(site, http, request)
    except ApiError as error:
        site.org.roll_back(mark)
        return fault(error, namespace)
    site.org.commit()
    return told


def _namespace(http: Call) -> str:
    flavour = http.segments["flavour"].lower()
    if flavour == "m":
        return metadata.NAMESPACE
    return f"urn:{'enterprise' if flavour == 'c' else 'partner'}.soap.sforce.com"


def _answer(site: Site, http: Call, request: Request) -> Answer:
    version = _version(http.segments["version"])
    if request.operation == "login":
        return answer(request, sessions.login(site, http, request))
    known = metadata.OPERATIONS if http.segments["flavour"].lower() == "m" else OPERATIONS
    operation = known.get(request.operation)
    if operation is None:
        what = f"No operation available for request {{{request.namespace}}}{request.operation}"
        raise ApiError(500, "soapenv:Client", what)
    token = request.header("SessionHeader", "sessionId")
    user_id = _user(site, token)
    inner = replace(
        http, version=version, user_id=user_id, token=token, headers=_headers(http, request)
    )
    limit = (
        "<LimitInfoHeader><limitInfo><current>"
        f"{site.used}</current><limit>{site.daily_limit}</limit><type>API REQUESTS</type>"
        "</limitInfo></LimitInfoHeader>"
    )
    site.used += 1
    return answer(request, operation(site, inner, request), limit)


def _user(site: Site, token: str) -> str:
    try:
        return site.user_of(token)
    except ApiError:
        message = "Invalid Session ID found in SessionHeader: Illegal Session"
        raise ApiError(500, "INVALID_SESSION_ID", message) from None


def _version(name: str) -> float:
    try:
        version = float(name)
    except ValueError:
        version = 0.0
    if not OLDEST <= version <= NEWEST:
        raise ApiError(500, "UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    return version


def _headers(http: Call, request: Request) -> dict[str, str]:
    """Give REST's headers for SOAP's: here assignment rules run only if they are asked for."""
    rule = request.header("AssignmentRuleHeader", "assignmentRuleId")
    default = request.header("AssignmentRuleHeader", "useDefaultRule")
    saves = request.header("DuplicateRuleHeader", "allowSave") or "false"
    size = request.header("QueryOptions", "batchSize")
    return {
        **http.headers,
        "sforce-auto-assign": rule or ("TRUE" if default == "true" else "FALSE"),
        "sforce-duplicate-rule-header": f"allowSave={saves}",
        "sforce-query-options": f"batchSize={size}" if size else "",
        "sforce-truncate": request.header("AllowFieldTruncationHeader", "allowFieldTruncation"),
        "content-type": "application/json",
    }


def _strict(request: Request) -> bool:
    return request.header("AllOrNoneHeader", "allOrNone") == "true"


def _rest(site: Site, http: Call, path: str, **query: str) -> Any:
    """Ask REST; a refusal is a refusal here too."""
    asked = replace(http, method="GET", path=http.base + path, query=query, body=b"", segments={})
    told = site.dispatch(asked)
    if told.status >= 400:
        error = told.body[0]
        raise ApiError(500, error["errorCode"], error["message"])
    return told.body


def _save(result: Mapping[str, Any]) -> dict[str, Any]:
    errors = [
        {key: error[key] for key in ("fields", "message", "statusCode")}
        for error in result.get("errors", ())
    ]
    kept = {key: result[key] for key in ("success", "created") if key in result}
    return {**kept, "id": result.get("id"), "errors": errors}


def _sobjects(request: Request) -> list[dict[str, Any]]:
    records = [read_sobject(element) for element in children(request.body, "sObjects")]
    if len(records) > MOST:
        message = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise ApiError(500, "EXCEEDED_ID_LIMIT", message)
    return records


def _ids(request: Request) -> list[str]:
    # The real one takes `id` too, which old clients write.
    found = [e for e in request.body if local(e).lower() in {"ids", "id"}]
    return [(element.text or "").strip() for element in found]


def _create(site: Site, http: Call, request: Request) -> list[Any]:
    results = collections.create_each(site, http, _sobjects(request), strict=_strict(request))
    return [_save(result) for result in results]


def _update(site: Site, http: Call, request: Request) -> list[Any]:
    results = collections.update_each(site, http, _sobjects(request), strict=_strict(request))
    return [_save(result) for result in results]


def _upsert(site: Site, http: Call, request: Request) -> list[Any]:
    key = text(request.body, "externalIDFieldName") or "Id"
    records = _sobjects(request)
    results = collections.upsert_each(site, http, records, key, strict=_strict(request))
    return [{"created": False, **_save(result)} for result in results]


def _delete(site: Site, http: Call, request: Request) -> list[Any]:
    results = collections.delete_each(site, http, _ids(request), strict=_strict(request))
    return [_save(result) for result in results]


def _undelete(site: Site, http: Call, request: Request) -> list[Any]:
    write = site.write(http)

    def back(record: dict[str, Any]) -> dict[str, Any]:
        definition = site.org.object_of(record["id"])
        if definition is None:
            raise ApiError(400, "MALFORMED_ID", f"malformed id {record['id']}")
        row = site.org.undelete(definition, record["id"], write)
        return saved(row)

    ids = [{"id": i} for i in _ids(request)]
    return [_save(r) for r in collections.each(site, ids, back, strict=_strict(request))]


def _empty(site: Site, _http: Call, request: Request) -> list[Any]:
    def purge(record: dict[str, Any]) -> dict[str, Any]:
        row = site.org.row(record["id"])
        definition = site.org.object_of(record["id"])
        if row is None or definition is None or not row.get("IsDeleted"):
            raise ApiError(400, "INVALID_ID_FIELD", "the record is not in the recycle bin")
        recycling.discard(site.org, definition.name, row)
        return saved(row)

    ids = [{"id": i} for i in _ids(request)]
    return [_save(result) for result in collections.each(site, ids, purge, strict=False)]


def _retrieve(site: Site, http: Call, request: Request) -> list[Any]:
    names = (text(request.body, "fieldList") or "Id").replace(" ", "")
    kind = text(request.body, "sObjectType") or ""
    rows = _rest(
        site, http, f"/composite/sobjects/{kind}", ids=",".join(_ids(request)), fields=names
    )
    return [write_sobject(row) if row else None for row in rows]


def _query(site: Site, http: Call, request: Request) -> Any:
    path = "/queryAll" if request.operation == "queryAll" else "/query"
    return query_result(_rest(site, http, path, q=text(request.body, "queryString") or ""))


def _query_more(site: Site, http: Call, request: Request) -> Any:
    locator = text(request.body, "queryLocator") or "none"
    return query_result(_rest(site, http, f"/query/{locator}"))


def _search(site: Site, http: Call, request: Request) -> Any:
    found = _rest(site, http, "/search", q=text(request.body, "searchString") or "")
    records = [{"record": write_sobject(row)} for row in found["searchRecords"]]
    return {"queryId": "0", "searchRecords": records}


def _describe_global(site: Site, http: Call, _request: Request) -> Any:
    body = _rest(site, http, "/sobjects")
    return {**body, "sobjects": [describing.summary(each) for each in body["sobjects"]]}


def _describe(site: Site, http: Call, request: Request) -> Any:
    names = [e.text or "" for e in request.body if local(e) == "sObjectType"]
    results = []
    for name in names:
        if name.lower() not in {known.lower() for known in site.org.objects}:
            message = f"sObject type '{name}' is not supported."
            raise ApiError(500, "INVALID_TYPE", message)
        results.append(describing.whole(_rest(site, http, f"/sobjects/{name}/describe")))
    return results


def _replication(site: Site, http: Call, request: Request) -> Any:
    kind = "updated" if request.operation == "getUpdated" else "deleted"
    name = text(request.body, "sObjectType") or ""
    span = {
        "start": text(request.body, "startDate") or "", "end": text(request.body, "endDate") or "",
    }  # fmt: skip
    return _rest(site, http, f"/sobjects/{name}/{kind}", **span)


def _timestamp(site: Site, _http: Call, _request: Request) -> Any:
    return {"timestamp": plain(site.now())}


def _merge(site: Site, http: Call, request: Request) -> list[Any]:
    results = []
    for element in request.body:
        # The description calls the element `request`; the system takes whatever clients call it.
        master = child(element, "masterRecord")
        if master is None:
            raise ApiError(500, "MISSING_ARGUMENT", "masterRecord not specified")
        ids = [(e.text or "").strip() for e in children(element, "recordToMergeIds")]
        given = [{"master": read_sobject(master), "losers": ids}]
        (result,) = collections.each(site, given, _merging(site, http), strict=False)
        merged = result.get("mergedRecordIds", [])
        moved = result.get("updatedRelatedIds", [])
        results.append({**_save(result), "mergedRecordIds": merged, "updatedRelatedIds": moved})
    return results


def _merging(site: Site, http: Call) -> collections.Save:
    write = site.write(http)

    def merge(given: dict[str, Any]) -> dict[str, Any]:
        record = given["master"]
        definition = collections.type_of(site, record)
        master = collections.target(site, definition, str(record.get("Id", "")))
        losers = [collections.target(site, definition, i) for i in given["losers"]]
        moved = site.org.merge(definition, master, losers, write)
        fields = {k: v for k, v in record.items() if k not in {"attributes", "Id"}}
        row = site.org.update(definition, site.org.row(master["Id"]) or master, fields, write)
        ids = [normal_id(i) for i in given["losers"]]
        return {**saved(row), "mergedRecordIds": ids, "updatedRelatedIds": moved}

    return merge


def _tabs(site: Site, http: Call, _request: Request) -> list[Any]:
    tabs = _rest(site, http, "/tabs")
    return [
        {
            "description": "Customer service", "label": "Service",
            "logoUrl": f"{http.origin}/img/logo.png", "selected": True,
            "tabSetId": "02uD00000000001IAA",
            "tabs": [{k: v for k, v in tab.items() if v is not None} for tab in tabs],
        }
    ]  # fmt: skip


OPERATIONS: Final[Mapping[str, Operation]] = {
    "create": _create,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "undelete": _undelete,
    "emptyRecycleBin": _empty,
    "retrieve": _retrieve,
    "query": _query,
    "queryAll": _query,
    "queryMore": _query_more,
    "search": _search,
    "describeGlobal": _describe_global,
    "describeSObject": _describe,
    "describeSObjects": _describe,
    "describeTabs": _tabs,
    "getUpdated": _replication,
    "getDeleted": _replication,
    "getServerTimestamp": _timestamp,
    "merge": _merge,
    "convertLead": leads.convert,
    "getUserInfo": sessions.user_info,
    "logout": sessions.logout,
    "invalidateSessions": sessions.invalidate,
    "setPassword": sessions.set_password,
    "resetPassword": sessions.reset_password,
    "changeOwnPassword": sessions.change_own_password,
}
