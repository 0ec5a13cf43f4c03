"""`hub handbook`: the tools of who owns the handbook. None touches a system or the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Tongue, example
from hub.cli.output import complaints, console, print_json, rows, table

if TYPE_CHECKING:
    from hub.core.plugins import PluginHost
    from hub.handbook import Handbook, Provision
    from hub.handbook.shapes import Language
    from hub.handbook.show import Page
    from hub.testing.examples import Report, Tried


class Form(StrEnum):
    """How a handbook is shown."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


FolderArgument = Annotated[
    Path | None,
    typer.Argument(help="The handbook's folder; without, the one that the configuration names."),
]


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Check, try and read the handbook.",
        epilog=example("hub handbook check config/handbook", "hub handbook test config/handbook"),
        no_args_is_help=True,
    )
    checks = example("hub handbook check config/handbook")
    group.command("check", epilog=checks)(check)
    group.command("test", epilog=example("hub handbook test config/handbook"))(try_out)
    shows = ("hub handbook show config/handbook -l en", "hub handbook show -f html > handbook.html")
    group.command("show", epilog=example(*shows))(show)
    draws = ("hub handbook graph config/handbook -l en > handbook.svg", "hub handbook graph --json")
    group.command("graph", epilog=example(*draws))(graph)
    differs = ("hub handbook diff config/handbook ../next/handbook", "hub handbook diff A B --json")
    group.command("diff", epilog=example(*differs))(diff)
    takes_out = (
        "hub handbook export config/handbook tables.xlsx",
        "hub handbook export config/handbook routing.dmn -t routing",
    )
    group.command("export", epilog=example(*takes_out))(export)
    takes_in = ("hub handbook import config/handbook tables.xlsx --dry-run",)
    group.command("import", epilog=example(*takes_in))(import_)
    group.command("schema", epilog=example("hub handbook schema --into config/schema"))(schema)
    program.add_typer(group, name="handbook")


def _opened(folder: Path | None, config: Path) -> tuple[Handbook, PluginHost]:
    from hub.core.plan import read_rulebook  # noqa: PLC0415
    from hub.core.plugins import PluginHost  # noqa: PLC0415
    from hub.handbook import load_handbook  # noqa: PLC0415

    if folder is not None:
        return load_handbook(folder), PluginHost.load([])
    handbook, book = read_rulebook(config)
    return handbook, book.host


def check(
    folder: FolderArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Find what can not work: every defect with its file and line, and what would be right."""
    handbook, _ = _opened(folder, config)
    count = sum(len(each.rules) for each in handbook.tables.values())
    if as_json:
        shown = {"version": handbook.version, "tables": len(handbook.tables), "rows": count}
        print_json({"ok": True, "folder": str(handbook.folder), **shown})
        return
    counted = f"{len(handbook.tables)} tables with {count} rows"
    console().print(f"{handbook.folder}: version {handbook.version}, {counted}: no defects")


def try_out(
    folder: FolderArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run the handbook's examples; tell which fail, and what no example exercises."""
    from hub.handbook.examples import load_examples  # noqa: PLC0415
    from hub.testing.examples import try_examples  # noqa: PLC0415

    handbook, host = _opened(folder, config)
    report = try_examples(handbook, host, load_examples(handbook))
    if as_json:
        print_json(_told(report))
    else:
        _tell(report, handbook.about.language)
    if not report.ok:
        raise typer.Exit(1)


def _told(report: Report) -> Mapping[str, Any]:
    failed = [
        {
            "id": each.example.shape.id,
            "source": each.example.source,
            "decided_by": [_cited(rule) for rule in each.rows],
            "differs": each.shortfalls,
        }
        for each in report.tried
        if not each.ok
    ]
    left = {name: [_cited(rule) for rule in found] for name, found in report.unexercised.items()}
    return {
        "ok": report.ok,
        "examples": len(report.tried),
        "failed": failed,
        "rows_exercised": report.rows,
        "rows_not_exercised": left,
    }


def _cited(rule: Provision) -> str:
    return f"{rule.id} ({rule.source})"


def _tell(report: Report, language: str) -> None:
    out = console()
    for each in report.tried:
        if not each.ok:
            _tell_failure(each, language)
    for name, found in report.unexercised.items():
        out.print(f"no example exercises, in {name}:", markup=False)
        for rule in found:
            out.print(f"    {_cited(rule)}: {rule.label(language)}", markup=False)
    failed = sum(not each.ok for each in report.tried)
    left = sum(len(found) for found in report.unexercised.values())
    count = f"{len(report.tried)} examples, {failed} failed"
    what = "rows, rungs and calendars"
    out.print(f"{count}; {report.rows} {what} exercised, {left} not", markup=False)


def _tell_failure(tried: Tried, language: str) -> None:
    shape = tried.example.shape
    out = complaints()
    out.print(f"{tried.example.source}: {shape.id}: {shape.label(language)}", markup=False)
    for short in tried.shortfalls:
        out.print(f"    {short.what}: wanted {short.wanted}, came {short.came}", markup=False)
    by = ", ".join(_cited(rule) for rule in tried.rows) or "no row"
    out.print(f"    decided by {by}", markup=False)


def show(
    folder: FolderArgument = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", "-t", help="Only this section; repeatable."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="How to print it.")] = Form.TEXT,
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show the handbook as tables that people read, in Chinese or English."""
    from hub.handbook.show import html, markdown, page_of  # noqa: PLC0415

    handbook, _ = _opened(folder, config)
    tongue = language.value if language else handbook.about.language
    try:
        page = page_of(handbook, "en" if tongue == "en" else "zh", tables or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if as_json:
        sections = page.sections
        print_json({"ok": True, "title": page.title, "version": page.version, "sections": sections})
    elif form is Form.TEXT:
        print_page(page)
    else:
        typer.echo(html(page) if form is Form.HTML else markdown(page), nl=False)


def print_page(page: Page) -> None:
    """Print a page of tables for people."""
    out = console()
    out.print(f"{page.title} {page.version}", style="bold", markup=False)
    for section in page.sections:
        out.print()
        out.print(section.title, style="bold underline", markup=False)
        if section.note:
            out.print(section.note, markup=False)
        out.print(rows(table(*section.columns), section.rows), soft_wrap=False)


def graph(
    folder: FolderArgument = None,
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Draw who receives what, hands on to whom and is told as time runs out: SVG, or JSON."""
    from hub.handbook.drawing import svg  # noqa: PLC0415
    from hub.handbook.graph import graph_of  # noqa: PLC0415

    handbook, _ = _opened(folder, config)
    tongue = language.value if language else handbook.about.language
    made = graph_of(handbook, "en" if tongue == "en" else "zh")
    if as_json:
        print_json({"ok": True, "graph": made})
    else:
        typer.echo(svg(made), nl=False)


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="The folder of one handbook.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The folder of another.")],
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default that of B.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what changes in meaning from A to B: exit code 0 if nothing does, 1 if something."""
    from hub.handbook.diff import compare  # noqa: PLC0415
    from hub.handbook.difference import told, value  # noqa: PLC0415

    found = compare(before, after)
    if as_json:
        print_json({"ok": True, **value(found)})
    else:
        tongue = language.value if language else found.after.about.language
        for line in told(found, "en" if tongue == "en" else "zh"):
            console().print(line, markup=False)
    if not found.same:
        raise typer.Exit(1)


def export(
    folder: Annotated[Path, typer.Argument(help="The handbook's folder.")],
    file: Annotated[Path, typer.Argument(help="What to write, by its ending: .xlsx or .dmn.")],
    tables: Annotated[
        list[str] | None, typer.Option("--table", "-t", help="Only this table; repeatable.")
    ] = None,
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write decision tables as a sheet (XLSX), or for other engines (DMN 1.3)."""
    from hub.handbook import load_handbook  # noqa: PLC0415

    handbook = load_handbook(folder)
    unknown = [name for name in tables or () if name not in handbook.tables]
    if unknown:
        known = ", ".join(handbook.tables)
        raise typer.BadParameter(f"no table {unknown[0]!r} (known: {known})")
    wanted = tables or list(handbook.tables)
    tongue = language.value if language else handbook.about.language
    file.write_bytes(_exported(handbook, wanted, file, "en" if tongue == "en" else "zh"))
    if as_json:
        print_json({"ok": True, "file": str(file), "tables": wanted})
        return
    console().print(f"{file}: {', '.join(wanted)}", markup=False)


def _exported(handbook: Handbook, tables: Sequence[str], file: Path, language: Language) -> bytes:
    from hub.handbook.build import table_places  # noqa: PLC0415
    from hub.handbook.dmn import definitions  # noqa: PLC0415
    from hub.handbook.load import read_files  # noqa: PLC0415
    from hub.handbook.sheets import workbook  # noqa: PLC0415

    if file.suffix == ".dmn":
        return definitions(handbook, tables, language)
    if file.suffix != ".xlsx":
        raise typer.BadParameter(f"{file.name}: name a file that ends in .xlsx or .dmn")
    places = [place for place in table_places(read_files(handbook.folder)) if place.name in tables]
    return workbook(handbook, places, language)


def import_(
    folder: Annotated[Path, typer.Argument(help="The handbook's folder.")],
    file: Annotated[Path, typer.Argument(help="A sheet that was exported, and edited.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it and tell what would change; write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take decision tables from a sheet, if the handbook is sound with them.

    Rows that were not edited stay as they are written, with their comments.
    """
    from hub.handbook.sheetimport import import_tables  # noqa: PLC0415

    imported = import_tables(folder, file, write=not dry_run)
    if as_json:
        print_json({"ok": True, "written": not dry_run, "tables": imported})
        return
    for each in imported:
        for what in ("added", "removed", "changed"):
            for row in getattr(each, what):
                console().print(f"{each.table}: {what} {row}", markup=False)
        if each.moved:
            console().print(f"{each.table}: rows changed places", markup=False)
    if not imported:
        console().print("nothing changed", markup=False)


def schema(
    into: Annotated[
        Path | None, typer.Option("--into", help="Write one file for each into this folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give JSON Schemas of the handbook's files, for editors."""
    from hub.handbook.schema import schemas  # noqa: PLC0415

    made = schemas()
    if into is None:
        print_json(made if not as_json else {"ok": True, "schemas": made})
        return
    written = _write(into, made)
    if as_json:
        print_json({"ok": True, "written": written})
        return
    for path in written:
        console().print(path, markup=False)


def _write(into: Path, made: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    import json  # noqa: PLC0415

    into.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in made.items():
        stem = name.replace("/*", "").removesuffix(".yaml")
        path = into / f"{stem}.schema.json"
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        written.append(str(path))
    return written
