"""Reads SOAP requests and writes their answers and faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hub_crm.sandbox.wire import Answer, ApiError

XML: Final = "text/xml;charset=UTF-8"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PARTNER: Final = "urn:partner.soap.sforce.com"
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
_FAULTS: Final = {
    "INVALID_LOGIN": "LoginFault", "LOGIN_MUST_USE_SECURITY_TOKEN": "LoginFault",
    "MALFORMED_QUERY": "MalformedQueryFault", "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_TYPE": "InvalidSObjectFault", "MALFORMED_ID": "InvalidIdFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault", "MALFORMED_SEARCH": "MalformedSearchFault",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One SOAP call: the name and namespace of its operation, its element, its headers by name."""

    operation: str
    namespace: str
    body: Element
    headers: Mapping[str, Element]

    def header(self, name: str, field: str) -> str:
        """Give a value in a header, or an empty text."""
        element = self.headers.get(name)
        return (text(element, field) or "") if element is not None else ""


def local(element: Element) -> str:
    """Give an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """Give the children of a name, in whatever case it is written."""
    return [child for child in element if local(child).lower() == name.lower()]


def child(element: Element, name: str) -> Element | None:
    """Give the first child of a name."""
    return next(iter(children(element, name)), None)


def text(element: Element, name: str) -> str | None:
    """Give the text of the first child of a name; None if there is none, or it is nil."""
    found = child(element, name)
    return None if found is None or is_nil(found) else (found.text or "")


def is_nil(element: Element) -> bool:
    """Tell whether an element says that it holds nothing."""
    return element.get(f"{{{XSI}}}nil") in {"true", "1"}


def read(body: bytes) -> Request:
    """Read a request; ApiError if it is no SOAP envelope with an operation."""
    try:
        envelope = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise ApiError(500, "soapenv:Client", f"The request is no XML: {error}") from None
    inner = child(envelope, "Body")
    if local(envelope) != "Envelope" or inner is None or len(inner) != 1:
        raise ApiError(500, "soapenv:Client", "A SOAP envelope with one operation was expected")
    header = child(envelope, "Header")
    headers = {local(found): found for found in (header if header is not None else ())}
    operation = inner[0]
    namespace = str(operation.tag).rpartition("}")[0].removeprefix("{")
    return Request(local(operation), namespace or PARTNER, operation, headers)


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with its type named by `xsi:type`."""

    kind: str
    value: Any


def answer(request: Request, result: Any, header: str = "") -> Answer:
    """Give what an operation results in; a list is several results, None is no result."""
    results = result if isinstance(result, list) else [] if result is None else [result]
    inner = "".join(write("result", one) for one in results)
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    return Answer(
        200,
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}" '
        f'xmlns="{request.namespace}" xmlns:sf="{sobject_namespace(request.namespace)}" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="{XSI}">{head}<soapenv:Body>'
        f"<{request.operation}Response>{inner}</{request.operation}Response>"
        "</soapenv:Body></soapenv:Envelope>",
        media_type=XML,
    )


def sobject_namespace(namespace: str) -> str:
    """Give the namespace of records beside the one of calls."""
    return namespace.replace("urn:", "urn:sobject.", 1)


def write(name: str, value: Any) -> str:
    """Give a value as XML. What is in a mapping is sorted by name, as the description has it."""
    if isinstance(value, list | tuple):
        return "".join(write(name, one) for one in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    kind = ""
    if isinstance(value, Typed):
        kind, value = f' xsi:type="{value.kind}"', value.value
    return f"<{name}{kind}>{_inner(value)}</{name}>"


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(write(key, value[key]) for key in sorted(value))
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = str(value)
    if _MOMENT.fullmatch(shown):
        shown = shown.replace("+0000", "Z")
    return escape(_printable(shown), quote=False)


@dataclass(frozen=True, slots=True)
class Raw:
    """XML that is written already."""

    text: str


def _printable(value: str) -> str:
    return "".join(sign for sign in value if sign >= " " or sign in "\t\n\r")


def fault(error: ApiError, namespace: str = PARTNER) -> Answer:
    """Give a refusal as a fault."""
    code, message = error.code, escape(_printable(error.message), quote=False)
    if code.startswith("soapenv:"):
        return Answer(500, _envelope(code, message, ""), media_type=XML)
    kind = _FAULTS.get(code, "UnexpectedErrorFault")
    extra = ""
    if kind in {"MalformedQueryFault", "InvalidFieldFault", "InvalidSObjectFault",
                "MalformedSearchFault"}:  # fmt: skip
        extra = "<sf:row>-1</sf:row><sf:column>-1</sf:column>"
    detail = (
        f'<detail><sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage>{extra}</sf:{kind}></detail>"
    )
    where = namespace.replace("urn:", "urn:fault.", 1)
    body = _envelope(f"sf:{code}", f"{code}: {message}", detail, f' xmlns:sf="{where}"')
    return Answer(500, body, media_type=XML)


def _envelope(code: str, message: str, detail: str, names: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"{names} '
        f'xmlns:xsi="{XSI}"><soapenv:Body><soapenv:Fault><faultcode>{code}</faultcode>'
        f"<faultstring>{message}</faultstring>{detail}</soapenv:Fault></soapenv:Body>"
        "</soapenv:Envelope>"
    )


def tree(element: Element) -> Any:
    """Give an element as plain values: texts, mappings, lists where a name is repeated."""
    if is_nil(element):
        return None
    inner = list(_named(element))
    if not inner:
        return element.text or ""
    result: dict[str, Any] = {}
    for name, value in inner:
        if name not in result:
            result[name] = value
        elif isinstance(result[name], list):
            result[name].append(value)
        else:
            result[name] = [result[name], value]
    return result


def _named(element: Element) -> Iterator[tuple[str, Any]]:
    for inner in element:
        yield local(inner), tree(inner)
