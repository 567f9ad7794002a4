"""The command line ``mitate``. Each group of commands is one thin module: parse, call, print.

To add a group, write ``cli/NAME.py`` with a Typer called ``app`` and add a line below; to add a single
command, write a function and register it below. Heavy imports go inside the commands, so that help is quick.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer

from mitate import __version__
from mitate.cli import abduce, back, demo, diagnosis, edema, kb, lift, record, serve, simulate, weights
from mitate.errors import MitateError

__all__ = ["app", "main"]

USAGE, INTERRUPTED, BUG = 2, 130, 1

app = typer.Typer(
    name="mitate",
    help="Signs of health from an ordinary camera, with how sure it is. Research use; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

# Every group of commands, in the order in which help shows them.
app.command()(demo.demo)
app.add_typer(edema.app, name="edema")
app.add_typer(diagnosis.app, name="diagnosis")
app.add_typer(back.app, name="back")
app.add_typer(kb.app, name="kb")
app.command()(abduce.abduce)
app.add_typer(simulate.app, name="simulate")
app.add_typer(lift.app, name="lift")
app.command()(serve.serve)
app.add_typer(record.app, name="record")
app.add_typer(weights.app, name="weights")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mitate {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Signs of health from an ordinary camera, with how sure it is. Research use; not a medical device."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and leaves: 0 done, 1 a bug, 2 something the person can mend, 130 interrupted.

    Args:
        arguments: what was typed after ``mitate``; the process's own by default.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(typed))


def _run(typed: list[str]) -> int:
    as_json = "--json" in typed
    try:
        code = typer.main.get_command(app).main(typed, prog_name="mitate", standalone_mode=False)
        sys.stdout.flush()
    except MitateError as error:
        return _fail(error.exit_code, str(error), error.as_dict(), as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BUG
    except Exception as error:
        return _fail_unforeseen(error, as_json)
    if code == INTERRUPTED:
        print("mitate: interrupted", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _fail_unforeseen(error: Exception, as_json: bool) -> int:
    """A usage error of typer's, told as our own errors are; anything else is a bug of ours."""
    if isinstance(error, _usage_errors()):
        usage = _usage_message(error)
        if not usage:  # help was printed instead of a command being run
            return USAGE
        todo = "see: mitate --help"
        told = {"kind": "UsageError", "what": usage, "where": None, "todo": todo}
        return _fail(USAGE, f"{usage} ({todo})", told, as_json)
    if os.environ.get("MITATE_DEBUG") == "1":
        raise error
    what = f"a bug in mitate: {type(error).__name__}: {error}".splitlines()[0]
    todo = "please report it, with what MITATE_DEBUG=1 shows"
    told = {"kind": "Bug", "what": what, "where": None, "todo": todo}
    return _fail(BUG, f"{what} ({todo})", told, as_json)


def _usage_errors() -> type[Exception]:
    """The base of typer's usage errors; the module it lives in differs between typer's versions."""
    return next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


def _usage_message(error: Any) -> str:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return ""
    return " ".join(str(error.format_message()).split()).rstrip(".")


def _fail(code: int, line: str, told: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": told}, ensure_ascii=False))
    else:
        print(f"mitate: {line}", file=sys.stderr)
    return code
