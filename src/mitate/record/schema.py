"""The tables. Whatever says something of a person stands in a `sealed` column, under that person's own key.

A `sealed` column is `DataKey.seal_json` of a dictionary, about ``TABLE.COLUMN ID``; the dictionaries' fields
stand beside each table. Ids are random (`new_id`) and say nothing. Times are UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mitate.record.columns import Base, new_id, now

__all__ = [
    "Account",
    "Audit",
    "AuditKey",
    "Base",
    "Capture",
    "Challenge",
    "Check",
    "Consent",
    "Erased",
    "FaceModel",
    "Feedback",
    "Job",
    "Knock",
    "Login",
    "Passkey",
    "Person",
    "PersonalModelRow",
    "Setting",
    "Standing",
    "Token",
    "Upload",
    "Weight",
    "new_id",
    "now",
]


_ID = String(32)


def _person() -> Mapped[str]:
    return mapped_column(_ID, ForeignKey("person.id", ondelete="CASCADE"), index=True)


class Person(Base):
    """A patient, or anybody who is looked at."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    wrapped_key: Mapped[bytes]
    # {name, number, sex: female|male|null, birth_date: ISO|null, height_cm, language: en|ja,
    #  kind: dialysis|home, call_name, call_phone, note, simulated: bool}
    sealed: Mapped[bytes]


class Account(Base):
    """Somebody who can sign in. `roles` of person, clinician, admin; `person` needs `person_id`."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    login_index: Mapped[bytes] = mapped_column(unique=True)  # vault.index(login)
    sealed: Mapped[bytes]  # {login, name}, under the clinic's key
    roles: Mapped[list[str]]
    person_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("person.id", ondelete="CASCADE"), index=True, default=None
    )
    secret: Mapped[str] = mapped_column(String(200))  # Argon2id, PHC string
    secret_kind: Mapped[str] = mapped_column(String(10), default="password")  # pin | password
    language: Mapped[str] = mapped_column(String(5), default="en")
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Passkey(Base):
    """A WebAuthn credential of an account."""

    __tablename__ = "passkey"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(_ID, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(Integer, default=0)
    label: Mapped[str] = mapped_column(String(80), default="")
    added_at: Mapped[datetime] = mapped_column(default=now)


class Login(Base):
    """A browser that is signed in; only the hash of its token is kept."""

    __tablename__ = "login"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)  # when its secret was last proven


class Challenge(Base):
    """What a passkey is asked to sign: good once and for minutes."""

    __tablename__ = "challenge"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    account_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("account.id", ondelete="CASCADE"), index=True, default=None
    )
    purpose: Mapped[str] = mapped_column(String(10))  # add | sign_in | confirm
    challenge: Mapped[bytes]
    expires_at: Mapped[datetime]


class Knock(Base):
    """Wrong tries to sign in, by name or by address; neither can be read from it."""

    __tablename__ = "knock"
    key: Mapped[bytes] = mapped_column(primary_key=True)  # vault.index of the name or address
    tries: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    """A token of a program, with the scopes it was given."""

    __tablename__ = "token"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(_ID, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(String(80), default="")
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    last_at: Mapped[datetime | None] = mapped_column(default=None)


class Consent(Base):
    """Something that a person agreed to or took back; the last row of a kind counts."""

    __tablename__ = "consent"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    kind: Mapped[str] = mapped_column(String(20))  # analyse | keep_video | photos | research
    given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(_ID)  # account
    text_version: Mapped[str] = mapped_column(String(20), default="1")


class Weight(Base):
    """A weighing, or a dry weight that was set."""

    __tablename__ = "weight"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    at: Mapped[datetime]
    sealed: Mapped[bytes]  # {kind: weight|dry, kg, context: pre|post|other, source: entered|csv}


class Check(Base):
    """A back check: an interview, films of movements (captures with `check_id`), and what came of them."""

    __tablename__ = "check"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(String(12), default="open")  # open | concluding | done | failed
    sealed: Mapped[bytes]  # {region, start, said: [[item key, value], ...], stopped}: the interview so far
    result: Mapped[bytes | None] = mapped_column(default=None)  # sealed BackCheck.as_dict() and more
    result_at: Mapped[datetime | None] = mapped_column(default=None)


class Capture(Base):
    """One film of one person: a session of the face, or a movement; or one photo of the face."""

    __tablename__ = "capture"
    # Without it SQLite looks through every film of the clinic that is "done" for the few of one person.
    __table_args__ = (Index("capture_of_person", "person_id", "instrument", "state", "at"),)
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    check_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("check.id", ondelete="CASCADE"), index=True, default=None
    )
    instrument: Mapped[str] = mapped_column(String(10))  # edema | back | diagnosis (a photo of the face)
    at: Mapped[datetime] = mapped_column(default=now)
    # uploading → waiting → reading → done | refused (a film that cannot be trusted) | failed
    state: Mapped[str] = mapped_column(String(12), default="uploading", index=True)
    sealed: Mapped[bytes]  # {context: pre|post|other|after meal|..., weight_kg, movement, content_type, by}
    video: Mapped[str | None] = mapped_column(String(80), default=None)  # file under videos/, sealed; or none
    features: Mapped[bytes | None] = mapped_column(default=None)  # sealed npz
    result: Mapped[bytes | None] = mapped_column(default=None)  # sealed result or refusal
    result_at: Mapped[datetime | None] = mapped_column(default=None)


class Upload(Base):
    """A film on its way (tus 1.0): the bytes lie sealed under uploads/."""

    __tablename__ = "upload"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    capture_id: Mapped[str] = mapped_column(_ID, ForeignKey("capture.id", ondelete="CASCADE"), unique=True)
    length: Mapped[int]
    offset: Mapped[int] = mapped_column("received", default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class PersonalModelRow(Base):
    """A patient's model of oedema, with how good it is on sessions it has not seen."""

    __tablename__ = "personal_model"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    made_at: Mapped[datetime] = mapped_column(default=now)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    model: Mapped[bytes]  # sealed bytes of PersonalModel.save
    sealed: Mapped[bytes]  # {model_id, n_labelled, trained_on, sessions, left_out, later: [...], mae_kg, ...}


class Standing(Base):
    """How a person stands, as last worked out, so that lists of many need not open every film's result."""

    __tablename__ = "standing"
    person_id: Mapped[str] = mapped_column(_ID, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    sealed: Mapped[bytes]  # {mark: what it rests on, last estimate, alarm, labelled, trained_on, dry_weight}


class FaceModel(Base):
    """What photos of faces are compared with: the clinic's one model, and its one gallery of rare classes."""

    __tablename__ = "face_model"
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # model | gallery
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(_ID)  # account
    wrapped_key: Mapped[bytes]  # a key of its own: a gallery holds numbers of people's faces
    sealed: Mapped[bytes]  # what its card says (mitate.record.face_models.FaceCard)
    content: Mapped[bytes]  # sealed files, packed


class Feedback(Base):
    """A clinician's correction of a cause."""

    __tablename__ = "feedback"
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    person_id: Mapped[str] = _person()
    check_id: Mapped[str] = mapped_column(_ID, ForeignKey("check.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(_ID)
    sealed: Mapped[bytes]  # {cause, verdict: right|wrong|unsure, instead, note}


class Job(Base):
    """Work to do once: the truth about it, whatever the queue that brings it about forgets."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("kind", "subject"), Index("job_state_lease", "state", "lease_until"))
    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(80))  # id of a capture, a check, or ID:REVISION
    person_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("person.id", ondelete="CASCADE"), index=True, default=None
    )
    state: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting | running | done | failed
    attempts: Mapped[int] = mapped_column(Integer, default=0)  # how often it went wrong
    interrupted: Mapped[int] = mapped_column(Integer, default=0)  # how often its worker was killed
    worker: Mapped[str | None] = mapped_column(String(60), default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    stage: Mapped[str] = mapped_column(String(40), default="")
    error: Mapped[str | None] = mapped_column(String(40), default=None)  # a stable word, nothing personal
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column(default=None)  # the last time
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class Audit(Base):
    """Who did what when; rows are only added, and each carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))  # account id, "system", or "nobody"
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), default="")
    detail: Mapped[dict[str, Any]]  # nothing personal
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditKey(Base):
    """A key of the audit trail, from a row on, and the trail's end as of the last row under it."""

    __tablename__ = "audit_key"
    since: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes]  # under the master key; bound to its number and to how many there are
    head_seq: Mapped[int]
    head: Mapped[bytes]  # HMAC of `since`, `head_seq` and that row's hash


class Erased(Base):
    """Ids of people who were erased, so that a restored backup does not bring them back."""

    __tablename__ = "erased"
    person_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class Setting(Base):
    """Something set for the whole clinic; nothing personal."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]
