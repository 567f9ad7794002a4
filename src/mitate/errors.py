"""What can go wrong, said once and clearly: what, where, and what to do about it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["InputError", "MissingExtraError", "MitateError", "RefusalError", "WeightsError", "with_todo"]


def with_todo(what: str, todo: str | None) -> str:
    """What is wrong and what to do about it, as two sentences without the last full stop."""
    return f"{what}. {todo[:1].upper()}{todo[1:]}" if todo else what


class MitateError(Exception):
    """Anything a user can mend. The command line prints it without a traceback and exits with `exit_code`.

    Args:
        what: what is wrong, in one plain sentence without a full stop.
        where: the file, ``file:line``, field or option concerned.
        todo: what the person can do about it.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | Path | None = None, todo: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.todo = todo
        super().__init__(self._message())

    def __reduce__(self) -> tuple[object, ...]:
        # Children take other arguments, and errors cross process pools.
        return _rebuild, (type(self), self.args, self.__dict__)

    def _message(self) -> str:
        message = self.what if self.where is None else f"{self.where}: {self.what}"
        return with_todo(message, self.todo)

    def as_dict(self) -> dict[str, str | None]:
        """The error as ``--json`` prints it: kind, what, where, todo."""
        return {"kind": type(self).__name__, "what": self.what, "where": self.where, "todo": self.todo}


def _rebuild(kind: type[MitateError], args: tuple[object, ...], state: dict[str, object]) -> MitateError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class InputError(MitateError):
    """A file, table or option that cannot be used as it is."""


class RefusalError(MitateError):
    """A picture that can be read but not trusted: the person is told what to change.

    `reason` is a stable short word for programs: ``no_face``, ``too_dark``, ``wrong_person`` and so on.
    """

    def __init__(
        self, what: str, *, reason: str, where: str | Path | None = None, todo: str | None = None
    ) -> None:
        self.reason = reason
        super().__init__(what, where=where, todo=todo)

    def as_dict(self) -> dict[str, str | None]:
        return {**super().as_dict(), "reason": self.reason}


class WeightsError(MitateError):
    """A pretrained file that is missing, damaged or cannot be fetched."""


class MissingExtraError(MitateError):
    """An optional part that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}, which is not installed",
            todo=f"install it with: pip install 'mitate[{extra}]'",
        )
