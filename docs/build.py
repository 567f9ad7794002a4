"""Fill the generated parts of README.md and docs, then build the site: ``python docs/build.py``.

``--fill`` only fills, ``--check`` only says whether anything is stale (exit code 1). A generated part stands
between ``<!-- figures: ROOM PATTERN | PATTERN -->`` or ``<!-- generated: NAME -->`` and ``<!-- end -->``.
Figures come from ``docs/benchmarks/ROOM.json``, as their programs wrote them; patterns are those of a shell.
"""

from __future__ import annotations

import argparse
import ast
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SITE = ROOT / "build" / "site"
_PART = re.compile(r"(<!-- (figures|generated): ([^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
_DAYS = re.compile(r"(?:presence accuracy|MAE), mitate, (\d+) labelled days, session")
_OPENING = re.compile(r"<!-- (?:figures|generated): ")


def pages() -> list[Path]:
    """README.md and every page below docs, in order."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


# Figures


def number(value: float) -> str:
    """Two digits after the point for small numbers, none for large ones; a true minus sign.

    Shares and areas just below 1 keep what tells them from it.
    """
    size = abs(value)
    if 0.995 <= size < 1:
        return f"{value:.6f}".rstrip("0").rstrip(".").replace("-", "−")
    whole = isinstance(value, int) or (size >= 10 and value.is_integer())
    digits = 0 if whole or size >= 100 else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}".replace("-", "−").replace(",", " ")


def goal(row: dict[str, Any]) -> str:
    """The bar with the side on which it lies, and whether it is reached."""
    if row["bar"] is None:
        return ""
    at_least = (row["value"] >= row["bar"]) == row["met"] and (row["value"] or row["bar"])  # 0 of 0 is a most
    return f"{'≥' if at_least else '≤'} {number(row['bar'])}: {'met' if row['met'] else '**not met**'}"


def measured(room: str) -> list[dict[str, Any]]:
    """The rows of a figures file; none if nothing was measured yet."""
    path = DOCS / "benchmarks" / f"{room}.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return rows


def figures(argument: str) -> str:
    """A table of the rows whose names fit one of the patterns, in the order of the patterns.

    Args:
        argument: ``ROOM`` or ``ROOM PATTERN | PATTERN``.
    """
    room, _, patterns = argument.partition(" ")
    rows = measured(room)
    chosen: dict[str, dict[str, Any]] = {}
    for pattern in (patterns or "*").split("|"):
        chosen |= {row["name"]: row for row in rows if fnmatchcase(row["name"], pattern.strip())}
    if not chosen:
        return "*Not measured yet.*\n"
    marks = {data: index for index, data in enumerate(dict.fromkeys(r["data"] for r in chosen.values()), 1)}
    goals = any(row["bar"] is not None for row in chosen.values())
    lines = ["| figure | value | 95 % interval | n |" + (" goal |" if goals else "")]
    lines.append("|---|---:|---|---:|" + ("---|" if goals else ""))
    for row in chosen.values():
        name = row["name"].replace("|", "\\|") + (f" ({marks[row['data']]})" if len(marks) > 1 else "")
        interval = "" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
        line = f"| {name} | {number(row['value'])} {row['unit']} | {interval} | {row['n']} |"
        lines.append(line.replace("  ", " ") + (f" {goal(row)} |" if goals else ""))
    notes = [f"({index}) {data}" if len(marks) > 1 else data for data, index in marks.items()]
    return "\n".join(lines) + "\n\nMeasured on: " + "; ".join(notes) + ".\n"


def by_days() -> str:
    """Sessions by number of labelled days, with what it is to be compared with, side by side."""
    columns = {
        "presence, mitate": ("presence accuracy", "mitate"),
        "presence, from scratch": ("presence accuracy", "from scratch"),
        "error, mitate": ("MAE", "mitate"),
        "error, patient's mean": ("MAE", "patient's own mean"),
        "error, from scratch": ("MAE", "from scratch"),
    }
    rows = {row["name"]: row for row in measured("edema")}
    known = {name: int(found[1]) for name in rows if (found := _DAYS.fullmatch(name))}
    if not known:
        return "*Not measured yet.*\n"
    lines = [f"| labelled days | {' | '.join(columns)} |", f"|---:|{'---|' * len(columns)}"]
    for days in sorted(set(known.values())):
        cells = (
            _cell(rows.get(f"{metric}, {method}, {days} labelled days, session"))
            for metric, method in columns.values()
        )
        lines.append(f"| {days} | {' | '.join(cells)} |")
    used = [rows[name] for name in known]
    data = "; ".join(dict.fromkeys(f"{row['data']} (n = {row['n']})" for row in used))
    return "\n".join(lines) + f"\n\nIn brackets 95 % intervals over participants. Measured on: {data}.\n"


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    return f"{number(row['value'])} {row['unit']} ({number(row['low'])} to {number(row['high'])})"


# Generated parts


def refusals() -> str:
    """Every reason for which a picture is refused, and what the person is told."""
    from mitate.face.refusals import INSTRUCTIONS

    rows = [f"| `{reason}` | {what} | {todo} |" for reason, (what, todo) in INSTRUCTIONS.items()]
    return "\n".join(["| reason | what is wrong | what to do |", "|---|---|---|", *rows]) + "\n"


def card() -> str:
    """The card of the encoder that comes along, in words."""
    path = ROOT / "src" / "mitate" / "weights" / "edema_encoder" / "card.json"
    if not path.exists():
        return "*No encoder is committed yet.*\n"
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    people, settings, versions = facts["participants"], facts["settings"], facts["versions"]
    lines = [
        "| | |",
        "|---|---|",
        f"| name | {facts['name']}, version {facts['version']} |",
        f"| what it does | {facts['role']}; {facts['crop_size']} × {facts['crop_size']} pixels "
        f"to {facts['dim']} numbers |",
        f"| trained on | **{facts['trained_on']}**: {number(people['network'])} participants for the "
        f"network, {number(people['watched'])} more to watch its training, {number(people['prior'])} others "
        "for the prior |",
        f"| sessions, face crops | {number(facts['sessions'])}, {number(facts['crops'])} |",
        f"| objective | {settings['objective']}, backbone {settings['backbone']}, "
        f"{settings['epochs']} epochs, seed {facts['seed']} |",
        f"| parameters | {number(facts['parameters'])} |",
        f"| training | {number(facts['seconds'] / 60)} minutes on {facts['device']} |",
        f"| largest difference between trained and exported network | {facts['parity']:.1e} |",
        f"| made with | {', '.join(f'{name} {value}' for name, value in versions.items())} |",
        f"| sha256 of the list of its data | `{facts['data_sha256']}` |",
        f"| intended use | {facts['intended_use']} |",
        "",
        "What it cannot do:",
        "",
        *(f"- {limit}" for limit in facts["limits"]),
        "",
        "On participants whom the network has not seen, by labelled days of each:",
        "",
        "| figure | value | 95 % interval | n |",
        "|---|---:|---|---:|",
    ]
    for row in facts["held_out_by_labelled_days"]:
        low, high = number(row["low"]), number(row["high"])
        value = f"{number(row['value'])} {row['unit']}".strip()
        lines.append(f"| {row['name']} | {value} | {low} to {high} | {row['n']} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command of the command line with its arguments and options."""
    return "\n".join(line for name, command in walk() for line in _command(name, command))


def walk() -> Iterator[tuple[str, Any]]:
    """Every command and group with its full name, in the order in which help shows them."""
    import typer

    from mitate.cli import app

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for child in getattr(command, "commands", {}).values():
            yield from below(f"{name} {child.name}", child)

    yield from below("mitate", typer.main.get_command(app))


def _command(name: str, command: Any) -> list[str]:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    if hasattr(command, "commands"):
        head = [f"## {name}", "", _plain(command.help), ""]
        return head if not shown else [*head, *_table(shown), ""]
    arguments = [_metavar(p) for p in shown if p.param_type_name == "argument"]
    usage = " ".join([name, *arguments, "[OPTIONS]"])
    return [f"### {name}", "", f"`{usage}`", "", _plain(command.help), "", *_table(shown), ""]


def _table(params: list[Any]) -> list[str]:
    rows = []
    for param in params:
        is_option = param.param_type_name == "option"
        value = "" if not is_option or param.is_flag else f" {_metavar(param)}"
        name = f"{', '.join(param.opts)}{value}" if is_option else _metavar(param)
        about = (getattr(param, "help", "") or "").strip() + _range(param)
        if param.required and is_option:
            about += " Required."
        elif is_option and not param.is_flag and param.default is not None:
            about += f" Default: {param.default}."
        rows.append(f"| `{name}` | {about.replace('|', chr(92) + '|')} |")
    return ["| | |", "|---|---|", *rows]


def _range(param: Any) -> str:
    least, most = _limit(param, "min"), _limit(param, "max")
    if least is None and most is None:
        return ""
    return f" {least:g} or more." if most is None else f" {least:g} to {most:g}."


def _limit(param: Any, side: str) -> float | None:
    """Typer carries the limits itself; with click beneath it, they are the type's."""
    here: float | None = getattr(param, side, None)
    return here if here is not None else getattr(getattr(param, "type", None), side, None)


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _plain(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").strip().splitlines())


def modules() -> str:
    """Every public module with the first line of its docstring; nothing is imported for it."""
    source = ROOT / "src"
    lines = ["| module | what |", "|---|---|"]
    for path in sorted((source / "mitate").rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        if not any(part.startswith("_") for part in name.split(".")):
            about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            lines.append(
                f"| `{name}` | {about.partition(chr(10))[0].replace('``', '`').replace('|', chr(92) + '|')} |"
            )
    return "\n".join(lines) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "by days": by_days,
    "refusals": refusals,
    "card": card,
    "commands": commands,
    "modules": modules,
}


# Filling


def filled(text: str, where: str) -> str:
    """`text` with every generated part made anew.

    Raises:
        SystemExit: a part without its end, or of an unknown name.
    """
    if len(_OPENING.findall(text)) != len(_PART.findall(text)):
        sys.exit(f"{where}: a generated part has no <!-- end -->")

    def part(found: re.Match[str]) -> str:
        opening, kind, argument, end = found.groups()
        if kind == "generated" and argument not in PARTS:
            sys.exit(f"{where}: there is no generated part {argument!r}; there are {', '.join(PARTS)}")
        inside = figures(argument) if kind == "figures" else PARTS[argument]()
        return f"{opening}{inside}{end}"

    return _PART.sub(part, text)


def fill(*, check: bool) -> list[Path]:
    """Fill every page; with `check` only tell which ones are stale.

    Returns:
        The pages that were stale.
    """
    stale = []
    for path in pages():
        before = path.read_text(encoding="utf-8")
        after = filled(before, str(path.relative_to(ROOT)))
        if after != before:
            stale.append(path)
            if not check:
                path.write_text(after, encoding="utf-8")
    return stale


# The site


def build_site() -> int:
    """Build the site in strict mode; nothing in it may be fetched from elsewhere when it is read."""
    from properdocs.commands.build import build
    from properdocs.config import load_config

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    build(load_config(str(ROOT / "properdocs.yml"), strict=True, site_dir=str(SITE)))
    foreign = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")
    found = [
        f"{path.relative_to(SITE)}: {tag}"
        for path in sorted(SITE.rglob("*.html"))
        for tag in foreign.findall(path.read_text(encoding="utf-8"))
    ]
    if found:
        print("these would be fetched from elsewhere:", *found, sep="\n  ", file=sys.stderr)
        return 1
    print(f"built {SITE.relative_to(ROOT)}: open index.html there")
    return 0


def main(arguments: list[str]) -> int:
    """Fill, check or build, as asked."""
    parser = argparse.ArgumentParser(description="Fill the generated parts of the pages and build the site.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--fill", action="store_true", help="only fill the generated parts")
    only.add_argument("--check", action="store_true", help="only say what is stale, exit code 1 if any is")
    asked = parser.parse_args(arguments)
    stale = fill(check=asked.check)
    state = "stale; run: python docs/build.py --fill" if asked.check else "filled"
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {state}")
    if asked.check:
        return 1 if stale else 0
    return 0 if asked.fill else build_site()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
