"""REST: keys for what waits on a phone, for signed-in browsers only."""

from __future__ import annotations

import base64

from fastapi import APIRouter

from mitate.record.device_keys import device_key, device_mark
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.shapes import PersonId, Told
from mitate.serve.service import ServiceHere
from mitate.serve.who import SignedIn, check_person

__all__ = ["router"]

router = APIRouter(tags=["devices"], responses=ERRORS)


class DeviceTold(Told):
    """What stands beside everything that this account left on a device; it opens nothing."""

    mark: str


class DeviceKeyTold(DeviceTold):
    """The key by which this account seals a person's films on a device: 32 bytes in base64 (RFC 4648, 4)."""

    whose: str
    key: str


@router.get("/device")
def get_mark(service: ServiceHere, who: SignedIn) -> DeviceTold:
    """The sign of this account's things on a device; no token may ask."""
    who.need_browser()
    return DeviceTold(mark=device_mark(service.record, who.account_id))


@router.get("/people/{person}/device-key")
def get_key(service: ServiceHere, who: SignedIn, person: PersonId) -> DeviceKeyTold:
    """The key of this account for a person's films on a device; no token may ask."""
    who.need_browser()
    check_person(who, person, "write")
    with service.record.database.reading() as session:
        key = device_key(service.record, session, person, who.account_id)
    return DeviceKeyTold(
        mark=device_mark(service.record, who.account_id),
        whose=key.whose,
        key=base64.b64encode(key.raw).decode(),
    )
