"""``mitate kb``: check and format rule files, and show what a knowledge base says of a cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.reasoning import Language, LanguageOption, percent, written
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.abduce.language import Atom, KnowledgeBase, Predicate, Rule, Support

__all__ = ["app"]

app = typer.Typer(
    help="Knowledge bases: check and format rule files, show what they say of a cause.",
    no_args_is_help=True,
)

Base = Annotated[
    list[Path] | None,
    typer.Option(
        "--base",
        metavar="FILE",
        help="Rule file to look in (several allowed), a folder of them, or the name of a region (neck); "
        "by default the low back's.",
    ),
]


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES",
            help="Rule files, read as one; a folder of them, or the name of a region (neck); by default the "
            "low back's.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check rule files: every finding with its file and line. Exit code 2 if there is an error.

    Example: `mitate kb check`, `mitate kb check neck` or `mitate kb check our.kb`
    """
    from mitate.abduce.check import check as findings_of

    base = _base(files)
    findings = findings_of(base)
    errors = sum(finding.severity == "error" for finding in findings)
    if json:
        print_json({"ok": not errors, "findings": findings, "counts": _counts(base)})
        raise typer.Exit(InputError.exit_code if errors else 0)
    for finding in findings:
        todo = f". {finding.todo[:1].upper()}{finding.todo[1:]}" if finding.todo else ""
        print(f"{finding.where}: {finding.severity}: {finding.what}{todo}")
    counts = ", ".join(f"{number} {what}" for what, number in _counts(base).items())
    if errors:
        raise InputError(f"{errors} errors in {counts}", todo="mend them at the lines above")
    print(f"{counts}: usable" + (f", with {len(findings)} warnings" if findings else ", nothing to mend"))


@app.command("format")
def format_(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Rule files to write anew.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 2 if a file would change.")
    ] = False,
    json: Json = False,
) -> None:
    """Format rule files in the one style of the house; comments stay. A file is written whole or not at all.

    Example: `mitate kb format our.kb`
    """
    from mitate.abduce.format import format_text
    from mitate.files import write_text

    made = []
    for file in files:  # all are read before any is written
        text = _text(file)
        made.append((file, text, format_text(text, str(file))))
    changed = [file for file, before, after in made if before != after]
    if not check:
        for file, before, after in made:
            if before != after:
                with written(file):
                    write_text(file, after)
    if json:
        print_json(
            {"changed": changed, "unchanged": [f for f in files if f not in changed], "written": not check}
        )
        raise typer.Exit(InputError.exit_code if check and changed else 0)
    for file in files:
        done = "would change" if check else "formatted"
        print(f"{file}: {done if file in changed else 'nothing to change'}")
    if check and changed:
        raise InputError(
            f"{len(changed)} of {len(files)} files are not formatted", todo="run: mitate kb format"
        )


@app.command()
def show(
    cause: Annotated[
        str, typer.Argument(metavar="CAUSE", help="Its name, such as excessive_lumbar_flexion.")
    ],
    base: Base = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Show what is known of a cause: how frequent, what it predicts, what makes it likelier, by which source.

    Example: `mitate kb show excessive_lumbar_flexion`
    """
    from mitate.abduce.names import did_you_mean

    found = _base(base)
    if cause not in found.predicates:
        causes = [name for name, predicate in found.predicates.items() if predicate.kind == "cause"]
        raise InputError(
            f"there is no cause {cause[:60]!r}",
            where="CAUSE",
            todo=did_you_mean(cause, [*causes, *found.predicates]),
        )
    told = _Told(found, language.value).all(found.predicates[cause])
    if json:
        print_json(told)
        return
    _print(told)


class _Told:
    """What a knowledge base says of one predicate, as plain data in one language."""

    def __init__(self, base: KnowledgeBase, language: str) -> None:
        self.base, self.language = base, language

    def all(self, predicate: Predicate) -> dict[str, Any]:
        """Everything, as ``--json`` prints it."""
        name, base = predicate.name, self.base
        rules = [rule for rule in base.rules if rule.body]
        predicts = [self._rule(rule, name) for rule in rules if rule.head and _in_body(rule, name)]
        likelier = [self._rule(rule, name) for rule in rules if rule.head and rule.head.predicate == name]
        never = [rule for rule in rules if rule.head is None and _in_body(rule, name)]
        excluded = [x for x in base.exclusions if any(atom.predicate == name for atom in x.atoms)]
        told = {
            "name": name,
            "kind": predicate.kind,
            "label": self._words(_any(predicate)),
            "prior": predicate.prior,
            "unexplained": predicate.unexplained,
            **self._support(predicate.support),
            "priors": [
                {"of": self._words(rule.head), "probability": rule.probability, **self._support(rule.support)}
                for rule in base.rules
                if not rule.body and rule.head and rule.head.predicate == name
            ],
            "predicts": sorted(predicts, key=lambda row: -row["probability"]),
            "likelier_by": sorted(likelier, key=lambda row: -row["probability"]),
            "excludes": [
                {"rule": x.name, "not_with": self._others(x.atoms, name), **self._support(x.support)}
                for x in excluded
            ]
            + [
                {"rule": r.name, "not_with": self._others(r.body, name), **self._support(r.support)}
                for r in never
            ],
        }
        return {**told, "cited": self._cited(told)}

    def _rule(self, rule: Rule, name: str) -> dict[str, Any]:
        own = [atom for atom in rule.body if atom.predicate != name]
        return {
            "rule": rule.name,
            "if": [
                self._words(atom)
                for atom in (own if rule.head and rule.head.predicate != name else rule.body)
            ],
            "then": self._words(rule.head),
            "probability": rule.probability,
            **self._support(rule.support),
        }

    def _others(self, atoms: tuple[Atom, ...], name: str) -> list[str]:
        return [self._words(atom) for atom in atoms if atom.predicate != name]

    def _words(self, atom: Atom | None) -> str:
        """An atom in plain words; a variable is told as its sort in brackets."""
        if atom is None:
            return ""
        sorts = self.base.predicates[atom.predicate].sorts
        named = {
            term: f"({self.base.sorts[sort].label.text(self.language) or sort})"
            for term, sort in zip(atom.terms, sorts, strict=True)
            if term[0] == "_" or term[0].isupper()
        }
        return self.base.label(atom.bind(named), self.language)

    def _support(self, support: Support) -> dict[str, Any]:
        return {"sources": list(support.sources), "note": support.note}

    def _cited(self, told: dict[str, Any]) -> dict[str, Any]:
        rows = [
            told,
            *(row for part in ("priors", "predicts", "likelier_by", "excludes") for row in told[part]),
        ]
        names = dict.fromkeys(name for row in rows for name in row["sources"])
        return {
            name: {"citation": source.citation, "url": source.url, "convention": source.convention}
            for name in names
            if (source := self.base.sources.get(name))
        }


def _any(predicate: Predicate) -> Atom:
    """The predicate with a variable at every place."""
    from mitate.abduce.language import Atom

    return Atom(predicate.name, tuple(f"V{place}" for place, _ in enumerate(predicate.sorts)))


def _in_body(rule: Rule, name: str) -> bool:
    return any(atom.predicate == name for atom in rule.body)


def _print(told: dict[str, Any]) -> None:
    print(f"{told['name']}: {told['label']}")
    rate = "" if told["prior"] is None else f", prior {percent(told['prior'])}"
    print(f"{told['kind']}{rate}{_sources(told)}")
    for row in told["priors"]:
        print(f"  {row['of']}: prior {percent(row['probability'])}{_sources(row)}")
    for title, part in (("It predicts", "predicts"), ("It is made likelier by", "likelier_by")):
        if told[part]:
            print(f"\n{title}")
        for row in told[part]:
            condition = " and ".join(row["if"])
            said = condition if part == "likelier_by" else row["then"]
            also = f", if also {condition}" if part == "predicts" and condition else ""
            print(f"  {percent(row['probability']):>6}  {said}{also}{_sources(row)}")
    if told["excludes"]:
        print("\nIt cannot be together with")
    for row in told["excludes"]:
        print(f"  {'; '.join(row['not_with'])}{_sources(row)}")
    if told["cited"]:
        print("\nSources")
    for name, source in told["cited"].items():
        print(f"  {name}: {source['citation']}" + (f" {source['url']}" if source["url"] else ""))


def _sources(row: dict[str, Any]) -> str:
    said = ", ".join(filter(None, [row.get("rule", ""), *row["sources"]]))
    return f" [{said}]" if said else ""


def _counts(base: KnowledgeBase) -> dict[str, int]:
    kinds = [predicate.kind for predicate in base.predicates.values()]
    return {
        "causes": kinds.count("cause"),
        "rules": sum(bool(rule.body) for rule in base.rules),
        "observations": kinds.count("observation"),
        "questions": len(base.questions),
        "sources": len(base.sources),
    }


def _base(files: list[Path] | None) -> KnowledgeBase:
    from mitate.back.region import REGIONS, knowledge

    if not files:
        return knowledge()
    if len(files) == 1 and str(files[0]) in REGIONS and not files[0].exists():
        return knowledge(str(files[0]))
    from mitate.abduce.parse import read

    inside = [sorted(file.glob("*.kb")) if file.is_dir() else [file] for file in files]
    return read(*(file for each in inside for file in each))


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(
            f"cannot read this file: {error.strerror or error}", where=file, todo="check its name"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=file, todo="save it as UTF-8") from error
