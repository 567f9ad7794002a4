"""``mitate weights``: fetch, list and check the pretrained files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
def install(json: Json = False) -> None:
    """Fetch what is missing. Needs a network once; run again, it does nothing.

    Example: `mitate weights install`

    The files go to the user's cache folder, or to the one that the environment variable MITATE_CACHE names.
    """
    from mitate import weights

    with progress_bar(not json, unit="bytes") as move:

        def report(step: Progress) -> None:
            what = {"wait": "waiting for", "download": "fetching", "place": "checking", "done": "checking"}
            move(f"{what[step.stage]} {step.what}", step.done, step.total)

        fetched = weights.install(report=report)
    names, place = [weight.name for weight in fetched], weights.cache_dir()
    if json:
        print_json({"cache": place, "installed": names, "names": list(weights.registry())})
    elif names:
        print(f"installed {', '.join(names)} in {place}")
    else:
        print(f"all {len(weights.registry())} weights are installed in {place}; nothing to do")


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
        print(_line(weight.name, check.state, f"{weight.bytes / 1e6:.1f}", weight.licence, weight.role))
    for model in own:
        role = f"{model.card.get('role', 'own model')} (trained on: {model.trained_on})"
        print(_line(model.name, "ok", f"{model.bytes / 1e6:.1f}", "Apache-2.0", role))
    if any(check.state != "ok" for _, check in third_party):
        print("to fetch what is missing: mitate weights install")


def _line(name: str, state: str, size: str, licence: str, role: str) -> str:
    return f"{name:<16} {state:<8} {size:>6}  {licence:<11} {role}"


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
    if json:
        print_json({"ok": not wrong, "weights": checks})
        raise typer.Exit(WeightsError.exit_code if wrong else 0)
    for check in checks:
        print(f"{check.name:<16} {check.state:<8} {check.reason}".rstrip())
    if wrong:
        raise WeightsError(
            f"{len(wrong)} of {len(checks)} models are missing or damaged: "
            + ", ".join(check.name for check in wrong),
            where=weights.cache_dir(),
            todo="run: mitate weights install",
        )
