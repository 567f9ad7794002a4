"""Pages for clinicians: patients, alarms, sessions, back checks."""

from __future__ import annotations

from fastapi import APIRouter

from mitate.serve.pages import (
    clinic_captures,
    clinic_checks,
    clinic_list,
    clinic_people,
    clinic_person,
    clinic_photos,
    clinic_weights,
)

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
for shown in (
    clinic_list,
    clinic_people,
    clinic_person,
    clinic_weights,
    clinic_captures,
    clinic_checks,
    clinic_photos,
):
    router.include_router(shown.router)
