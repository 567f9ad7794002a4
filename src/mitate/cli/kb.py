"""``mitate kb``: check and format rule files, check exercises, show what a knowledge base says of a cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli.printing import Json, print_json
from mitate.cli.reasoning import Language, LanguageOption, percent, written
from mitate.errors import InputError, with_todo

if TYPE_CHECKING:
    from mitate.abduce.findings import Finding
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
            help="Rule files, read as one, and files of exercises (.toml); a folder of them, or the name of "
            "a region (neck); by default the low back's.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check rules and exercises: every finding with its file and line. Exit code 2 if there is an error.

    Example: `mitate kb check`, `mitate kb check neck` or `mitate kb check our.kb our_bridge.toml`
    """
    findings, counts = _checked(files)
    errors = sum(finding.severity == "error" for finding in findings)
    if json:
        print_json({"ok": not errors, "findings": findings, "counts": counts})
        raise typer.Exit(InputError.exit_code if errors else 0)
    for finding in findings:
        print(with_todo(f"{finding.where}: {finding.severity}: {finding.what}", finding.todo))
    told = ", ".join(f"{number} {what}" for what, number in counts.items())
    if errors:
        raise InputError(f"{errors} errors in {told}", todo="mend them at the lines above")
    print(f"{told}: usable" + (f", with {len(findings)} warnings" if findings else ", nothing to mend"))


def _checked(files: list[Path] | None) -> tuple[list[Finding], dict[str, int]]:
    """Findings in rules and exercises, and how many there are of what."""
    from mitate.abduce.check import check as findings_of
    from mitate.abduce.parse import read
    from mitate.back.exercise_check import check_exercise_files, check_own_exercises
    from mitate.back.region import cited_beside_rules, cited_in, knowledge

    region = _region(files)
    if region:
        base = knowledge(region)
        in_exercises, number = check_own_exercises(region)
        found = [*findings_of(base, cited=cited_beside_rules(region)), *in_exercises]
        return found, {**_counts(base), "exercises": number}
    inside = [file for each in files or [] for file in _inside(each)]
    own = [file for file in inside if file.suffix == ".toml"]
    rules = [file for file in inside if file.suffix != ".toml"]
    found, counts = [], {}
    if rules or not own:
        base = read(*rules)
        beside = [file for each in files or [] for file in _tables(each)]
        cited = cited_in(file.read_bytes().decode("utf-8", "replace") for file in beside if file.is_file())
        found, counts = list(findings_of(base, cited=cited)), _counts(base)
    if own:
        try:
            found += check_exercise_files(own)
        except OSError as error:
            raise _unreadable(Path(str(error.filename)), error) from error
        counts["exercises"] = len(own)
    return found, counts


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
    from mitate.abduce.parse import read
    from mitate.back.region import knowledge

    region = _region(files)
    if region:
        return knowledge(region)
    return read(*(file for each in files or [] for file in _inside(each) if file.suffix != ".toml"))


def _region(files: list[Path] | None) -> str:
    """The region whose knowledge is meant; none where files are."""
    from mitate.back.region import LOW_BACK, REGIONS

    if not files:
        return LOW_BACK
    named = str(files[0])
    return named if len(files) == 1 and named in REGIONS and not files[0].exists() else ""


def _inside(file: Path) -> list[Path]:
    """A folder's rule files and, in its folder `exercises` or where it has no rules, files of exercises."""
    if not file.is_dir():
        return [file]
    rules = sorted(file.glob("*.kb"))
    return rules + sorted((file / "exercises" if rules else file).glob("*.toml"))


def _tables(file: Path) -> list[Path]:
    """What else may cite sources of rules: exercises, and norms and the like beside the rules of a folder."""
    if file.is_dir():
        return sorted(file.rglob("*.toml"))
    return [file] if file.suffix == ".toml" else []


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise _unreadable(file, error) from error
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=file, todo="save it as UTF-8") from error


def _unreadable(file: Path, error: OSError) -> InputError:
    return InputError(f"cannot read this file: {error.strerror or error}", where=file, todo="check its name")
