# ruff: noqa: INP001 - a script, and no part of a package
"""Writes the reference pages from the code, or checks that they are current (`--check`).

What code can print is never written by hand: settings, hooks, commands, HTTP API, metrics, log
events, errors. A house test runs the check.
"""

from __future__ import annotations

import argparse
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
from hub_jira.sandbox.departures import DEPARTURES
from hub_jira.sandbox.resources import ROUTES
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import hub.cli.program
from hub import hookspecs
from hub.core import log
from hub.core.config import HubConfig
from hub.core.metrics import Backlog, Metrics
from hub.core.plugins import PluginHost
from hub.core.store.dead import CODES
from hub.core.web.openapi import document
from hub.core.web.operation import Operation
from hub.core.web.operations import OPERATIONS
from hub.errors import HubError

FOLDER: Final = Path(__file__).parent / "reference"
HEAD: Final = "<!-- Written by docs/generate.py from the code (make docs): do not edit. -->\n\n"
UNITS: Final = ("crm", "jira", "mail")


def main() -> int:
    """Write or check all pages; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if outdated")
    check = parser.parse_args().check
    outdated = [name for name, text in pages() if not _is_current(name, text)]
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for name, text in pages():
            (FOLDER / name).write_text(text, encoding="utf-8")
        return 0
    for name in outdated:
        sys.stderr.write(f"docs/reference/{name} is not current: run `make docs`\n")
    return 1 if outdated else 0


def _is_current(name: str, text: str) -> bool:
    path = FOLDER / name
    return path.exists() and path.read_text(encoding="utf-8") == text


def pages() -> Iterator[tuple[str, str]]:
    """Give (file name, text) of every generated page."""
    makers: dict[str, Callable[[], str]] = {
        "config.md": config_page,
        "hooks.md": hooks_page,
        "cli.md": cli_page,
        "http-api.md": http_page,
        "metrics.md": metrics_page,
        "log-events.md": events_page,
        "errors.md": errors_page,
        "jira-emulator.md": jira_emulator_page,
    }
    for name, make in makers.items():
        yield name, HEAD + make().rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Make a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


# Settings


def config_page() -> str:
    """Describe hub.yaml and the settings of each unit."""
    parts = [
        "# Settings\n",
        (
            "`hub.yaml` is YAML 1.2. A misspelt key is an error. A secret is a reference to one: "
            "`{env: NAME}`, `{file: PATH}` or `{credential: NAME}` (systemd).\n"
        ),
        "## The hub\n\n" + settings_table(HubConfig),
    ]
    host = PluginHost.load(UNITS)
    for unit in UNITS:
        model = host.connector_type(unit).settings
        doc = (inspect.getdoc(model) or "").split("\n\nArgs:")[0]
        parts.append(f"## A connector of the plugin `{unit}`\n\n{doc}\n\n{settings_table(model)}")
    return "\n".join(parts)


def settings_table(model: type[BaseModel]) -> str:
    """Describe the settings of a model, those within it included."""
    head = ("setting", "type", "default", "meaning")
    return table(head, _settings_rows(model, ""))


def _settings_rows(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    told = documented_arguments(model)
    for name, field in model.model_fields.items():
        full = f"{prefix}{field.alias or name}"
        inner = _inner_model(field.annotation)
        default = field.get_default(call_default_factory=True, validated_data={})
        required = default is PydanticUndefined or field.is_required()
        plain = "" if inner else "**required**" if required else _default(default)
        meaning = field.description or told.get(name, "")
        yield f"`{full}`", _type_name(field.annotation, inner), plain, meaning
        if inner is not None:
            named = "" if inner is _direct(field.annotation) else "*NAME*."
            yield from _settings_rows(inner, f"{full}.{named}")


def documented_arguments(model: type) -> dict[str, str]:
    """Read what the docstring's Args say of each setting (`a, b:` tells of both)."""
    text = inspect.getdoc(model) or ""
    _, _, arguments = text.partition("Args:\n")
    result: dict[str, str] = {}
    for match in re.finditer(r"(?m)^    ([\w, ]+): ((?:.|\n        )+)", arguments):
        meaning = re.sub(r"\s+", " ", match.group(2)).strip()
        for name in match.group(1).split(","):
            result[name.strip()] = meaning
    return result


def _direct(annotation: object) -> object:
    return annotation if isinstance(annotation, type) else None


def _inner_model(annotation: object) -> type[BaseModel] | None:
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    for each in candidates:
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _type_name(annotation: object, inner: type[BaseModel] | None) -> str:
    if inner is not None:
        return "section" if inner is annotation else "sections by name"
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    if (values := getattr(annotation, "__members__", None)) is not None:
        return ", ".join(f"`{each.value}`" for each in values.values())
    text = re.sub(r"typing\.|hub\.settings\.|datetime\.|pathlib\.", "", text)
    text = re.sub(r"Annotated\[(\w+), .*?\](?=$|\]| \|)", r"\1", text)
    text = re.sub(r"Literal\[(.*)\]", lambda m: m.group(1).replace("'", "`"), text)
    text = re.sub(r"Optional\[(.*)\]", r"\1 | None", text)
    return text.replace("NoneType", "None").replace("Secret", "secret")


def _default(value: object) -> str:
    if value is None or value in ("", (), {}, []):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"`{k}: {v}`" for k, v in value.items())
    if repr(value).startswith("Secret"):
        return "`sqlite:///var/hub.db`"
    return f"`{getattr(value, 'value', value)}`"


# Hooks


def hooks_page() -> str:
    """Describe every hook with its exact arguments."""
    parts = ["# Hooks\n\n" + (inspect.getdoc(hookspecs) or "") + "\n"]
    for name, function in hooks().items():
        options = vars(function)["hub_spec"]
        kind = "A question: the first answer wins." if options["firstresult"] else "All are asked."
        doc = inspect.getdoc(function) or ""
        parts.append(
            f"## `{hook_signature(name, function)}`\n\n{doc}\n\n{kind} "
            f"Returns `{_returned(function)}`.\n"
        )
    return "\n".join(parts)


def hooks() -> Mapping[str, Callable[..., object]]:
    """Give all hook specifications by name."""
    return {name: value for name, value in vars(hookspecs).items() if name.startswith("hub_")}


def hook_signature(name: str, function: Callable[..., object]) -> str:
    """Give a hook's name with its exact arguments."""
    return f"{name}({', '.join(inspect.signature(function).parameters)})"


def _returned(function: Callable[..., object]) -> str:
    return str(inspect.signature(function).return_annotation)


# Commands


def cli_page() -> str:
    """Describe every command with its options and an example."""
    program: Any = typer.main.get_command(hub.cli.program.build_program())
    parts = [
        "# Command line\n\n" + program.help + "\n",
        (
            "Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 a defect of configuration, plugins or "
            "handbook. With `--json` errors are one JSON object on standard output as well.\n"
        ),
    ]
    parts += [_command(name, command) for name, command in commands(program)]
    return "\n".join(parts)


def commands(group: Any, prefix: str = "hub") -> Iterator[tuple[str, Any]]:
    """Give (full name, command) of all commands, those of groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _command(name: str, command: Any) -> str:
    rows = []
    usage = [name]
    for each in command.params:
        if each.param_type_name == "argument":
            shown = each.metavar or each.name.upper()
            usage.append(shown if each.required else f"[{shown}]")
            rows.append((f"`{shown}`", "", each.help or ""))
        elif each.name != "help":
            rows.append((f"`{'`, `'.join(each.opts)}`", _option_default(each), each.help or ""))
    example = command.epilog.replace("[bold]", "").replace("[/]", "").partition(": ")[2]
    lines = "\n".join(example.split("  ·  "))
    head = f"## `{' '.join(usage)}`\n\n{inspect.cleandoc(command.help)}\n\n"
    return head + table(("option", "default", "meaning"), rows) + f"\n```sh\n{lines}\n```\n"


def _option_default(option: Any) -> str:
    if option.required:
        return "**required**"
    empty = option.default is None or option.default is False or option.default == ""
    return "" if empty else f"`{option.default}`"


# The HTTP API


def http_page() -> str:
    """Describe every operation of the hub's own HTTP, and the types that pass."""
    head = (
        "# HTTP API\n\nOn `web.host` and `web.port`. The hub serves this reference as an OpenAPI "
        "document at `GET /openapi.json`. What stands under `/api` needs the configured token "
        "(`Authorization: Bearer …`); without a configured token it refuses everybody. Bodies are "
        'JSON in UTF-8, instants UTC (ISO 8601); every refusal is `{"error": "…"}`.\n'
    )
    parts = [head]
    parts += [_http_operation(each) for each in OPERATIONS]
    parts.append("## Types\n")
    schemas = document()["components"]["schemas"]
    parts += [_http_type(name, schemas[name]) for name in sorted(schemas)]
    return "\n".join(parts)


def _http_operation(one: Operation) -> str:
    text = f"## `{one.method} {one.path}`\n\n{one.summary}"
    text += " Needs the token." if one.token else ""
    if one.body is not None:
        text += f"\n\nBody: {_type_link(one.body.__name__)}"
    elif one.raw:
        text += "\n\nBody: as the system sends it."
    for place, named in (("Header", one.headers), ("Query", one.query)):
        text += "".join(f"\n\n{place} `{name}`: {told}" for name, told in (named or {}).items())
    rows = (
        (status, answer.meaning, _type_link(answer.type.__name__) if answer.type else "")
        for status, answer in one.answers.items()
    )
    return text + "\n\n" + table(("status", "meaning", "body"), rows)


def _http_type(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = (
        (f"`{field}`", _schema_type(told), "yes" if field in required else "")
        for field, told in schema.get("properties", {}).items()
    )
    head = f"### {name}\n\n{schema.get('description', '')}\n\n"
    return head + table(("field", "type", "required"), rows)


def _schema_type(schema: Mapping[str, Any]) -> str:
    """Name a schema's type as people do."""
    if "$ref" in schema:
        return _type_link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_schema_type(each) for each in schema["anyOf"]))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_schema_type(schema.get('items', {}))}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"map to {_schema_type(inner)}" if isinstance(inner, Mapping) else "map"
    kind = {"date-time": "instant"}.get(schema.get("format", ""), kind)
    words = {"minLength": "at least", "maxLength": "at most"}
    bounds = ", ".join(f"{word} {schema[key]}" for key, word in words.items() if key in schema)
    return f"{kind} ({bounds} characters)" if bounds else str(kind)


def _type_link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


# What the hub tells


def metrics_page() -> str:
    """List all metrics."""
    rows = Metrics(Backlog).documentation()
    head = "# Metrics\n\n`GET /metrics`, in Prometheus' text format. Counters follow the log.\n\n"
    return head + table(("metric", "type", "meaning"), ((f"`{n}`", t, d) for n, t, d in rows))


def events_page() -> str:
    """List all log events."""
    text = (
        "# Log events\n\nOne line on standard output for each, as JSON (`log.format: json`) or "
        "for people. Every line has `at`, `level` and `event`; secrets are replaced by `***`.\n\n"
    )
    rows = (
        (f"`{each.name}`", each.level, each.doc, ", ".join(f"`{f}`" for f in each.fields))
        for each in log.EVENTS.values()
    )
    return text + table(("event", "level", "meaning", "fields"), rows)


def errors_page() -> str:
    """Draw the tree of errors, then each with its code as an anchor."""
    import_all()
    parts = ["# Errors\n\nThe type of an error says what happens next.\n\n```text"]
    parts += [f"{'  ' * depth}{each.__name__}  {each.code}" for depth, each in error_tree(HubError)]
    parts.append("```\n")
    for _, each in error_tree(HubError):
        parts.append(f"### {each.code}\n\n`{each.__name__}`: {inspect.getdoc(each)}\n")
    parts += [f"### {code}\n\n{meaning}\n" for code, meaning in CODES.items()]
    return "\n".join(parts)


def import_all() -> None:
    """Import all of the hub, so that every error class is known."""
    for found in pkgutil.walk_packages(hub.__path__, "hub."):
        if not re.search(r"\.(testing|migrations|__main__)\b", found.name):
            import_module(found.name)


def error_tree(root: type[HubError], depth: int = 0) -> Iterator[tuple[int, type[HubError]]]:
    """Give (depth, class) of an error and all below it that belong to the hub."""
    yield depth, root
    for each in sorted(root.__subclasses__(), key=lambda one: one.code):
        if each.__module__.startswith("hub."):
            yield from error_tree(each, depth + 1)


# What the sandbox answers


def jira_emulator_page() -> str:
    """List where the emulated Jira Cloud departs from its description, and all its operations."""
    text = (
        "# The Jira emulator\n\n"
        "`hub sandbox` serves Jira Cloud (API versions 3 and 2) and Jira Data Center (version 2, "
        "below `/jira`) from one model. Every answer of the Cloud in the whole test run is "
        "checked against Atlassian's published description: the status is one that the operation "
        "names, and the body fits its schema.\n\n"
        "## Departures from the description\n\n"
    )
    listed = (
        (entry.kind, f"`{entry.operation}`", entry.status or "", entry.why) for entry in DEPARTURES
    )
    text += table(("what", "operation", "status", "why"), listed)
    text += "\n## Operations\n\nPaths without a leading slash stand below `/rest/api/N/`.\n\n"
    ordered = sorted(ROUTES, key=lambda route: (route.path, route.method))
    rows = (
        (f"`{each.method} {each.path}`", "yes" if each.cloud else "", "yes" if each.server else "")
        for each in ordered
    )
    return text + table(("operation", "Cloud", "Data Center"), rows)


if __name__ == "__main__":
    sys.exit(main())
