"""What can go wrong with the record, each with the status that the web tells it by."""

from __future__ import annotations

from mitate.errors import InputError, MitateError

__all__ = ["ConflictError", "DeniedError", "FullError", "MissingError", "RecordError"]


class RecordError(MitateError):
    """The record cannot be opened, read or written."""


class MissingError(InputError):
    """There is no such thing, or none that this account may know of: the two are told alike (404)."""


class DeniedError(MitateError):
    """This account may not do this (403)."""


class ConflictError(InputError):
    """It cannot be done in the present state (409)."""


class FullError(RecordError):
    """The disk is full or cannot be written to; what was there before is as it was (507)."""
