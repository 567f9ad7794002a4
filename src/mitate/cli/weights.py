"""``mitate weights``: fetch, list and check the pretrained files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitate.cli.printing import Json, print_json, progress_bar
from mitate.errors import WeightsError

if TYPE_CHECKING:
    from mitate.weights import Progress

__all__ = ["app"]

app = typer.Typer(
    help="Fetch, list and check the pretrained files (46 MB to fetch once, 63 MB on disk).",
    no_args_is_help=True,
)


@app.command()
def install(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Only these; `list` shows what there is.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what only some commands have a use for (17 MB more).")
    ] = False,
    json: Json = False,
) -> None:
    """Fetch what is missing. Needs a network once; run again, it does nothing.

    Example: `mitate weights install`

    The files go to the user's cache folder, or to the one that the environment variable MITATE_CACHE names.
    """
    from mitate import weights

    known = weights.registry().values()
    wanted = [weight for weight in known if everything or not weight.optional]
    if names and not everything:
        wanted = [weights.find(name) for name in dict.fromkeys(names)]

    with progress_bar(not json, unit="bytes") as move:

        def report(step: Progress) -> None:
            what = {"wait": "waiting for", "download": "fetching", "place": "checking", "done": "checking"}
            move(f"{what[step.stage]} {step.what}", step.done, step.total)

        fetched = weights.install(wanted, report=report)
    installed, place = [weight.name for weight in fetched], weights.cache_dir()
    if json:
        print_json({"cache": place, "installed": installed, "names": [weight.name for weight in wanted]})
    elif installed:
        print(f"installed {', '.join(installed)} in {place}")
    else:
        print(f"all {len(wanted)} weights are installed in {place}; nothing to do")


@app.command("list")
def list_(json: Json = False) -> None:
    """List every model: what it is for, whether it is there, its licence.

    Example: `mitate weights list --json`
    """
    from mitate import weights

    third_party = [(weight, weights.check(weight)) for weight in weights.registry().values()]
    own = weights.own_models()
    if json:
        rows: list[dict[str, Any]] = [
            {**_fields(weight), "state": check.state, "path": check.path} for weight, check in third_party
        ]
        print_json({"cache": weights.cache_dir(), "weights": rows, "own": own})
        return
    print(_line("name", "state", "MB", "licence", "role"))
    for weight, check in third_party:
        role = f"{weight.role} (optional: {weight.needed_by})" if weight.optional else weight.role
        print(_line(weight.name, check.state, f"{weight.bytes / 1e6:.1f}", weight.licence, role))
    for model in own:
        role = f"{model.card.get('role', 'own model')} (trained on: {model.trained_on})"
        print(_line(model.name, "ok", f"{model.bytes / 1e6:.1f}", "Apache-2.0", role))
    missing = [weight for weight, check in third_party if check.state != "ok"]
    if any(not weight.optional for weight in missing):
        print("to fetch what is missing: mitate weights install")
    elif missing:
        print("to fetch what is optional, too: mitate weights install --all")


def _line(name: str, state: str, size: str, licence: str, role: str) -> str:
    return f"{name:<18} {state:<8} {size:>6}  {licence:<11} {role}"


def _fields(weight: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(weight)


@app.command()
def verify(json: Json = False) -> None:
    """Check every byte of every model against its sha256. Exit code 2 if one is missing or damaged.

    Example: `mitate weights verify`
    """
    from mitate import weights

    checks = [*weights.verify(), *map(weights.verify_own, weights.own_models())]
    wrong = [check for check in checks if check.state != "ok"]
    optional = {weight.name for weight in weights.registry().values() if weight.optional}
    if json:
        print_json({"ok": not wrong, "weights": checks})
        raise typer.Exit(WeightsError.exit_code if wrong else 0)
    for check in checks:
        print(f"{check.name:<18} {check.state:<8} {check.reason}".rstrip())
    if wrong:
        raise WeightsError(
            f"{len(wrong)} of {len(checks)} models are missing or damaged: "
            + ", ".join(check.name for check in wrong),
            where=weights.cache_dir(),
            todo="run: mitate weights install"
            + (" --all" if optional.intersection(check.name for check in wrong) else ""),
        )
