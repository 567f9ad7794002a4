"""The words of clinics' tables in English and Japanese: columns, sexes, phases; dates and numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from mitate.record.eras import is_of, western
from mitate.tables import parse_number

__all__ = [
    "CONTEXTS",
    "KINDS",
    "LANGUAGES",
    "PEOPLE",
    "SEXES",
    "WEIGHTS",
    "column_of",
    "day_of",
    "kg_of",
    "moment_of",
]

_NUMBER = (
    "number", "patient", "patient number", "patient no", "patient id", "participant id", "id", "no",
    "患者番号", "患者id", "番号", "診察券番号", "カルテ番号",
)  # fmt: skip
WEIGHTS: dict[str, tuple[str, ...]] = {
    "number": _NUMBER,
    "date": (
        "date", "day", "at", "datetime", "date time", "date and time", "measured at", "captured at",
        "日付", "日時", "測定日", "測定日時", "年月日", "透析日",
    ),
    "time": ("time", "time of day", "時刻", "測定時刻", "時間"),
    "weight": ("weight", "kg", "weight kg", "body weight", "体重", "測定体重"),
    "pre": ("pre", "pre weight", "weight pre", "weight before", "透析前体重", "前体重", "透析前"),
    "post": ("post", "post weight", "weight post", "weight after", "透析後体重", "後体重", "透析後"),
    "dry": (
        "dry", "dry weight", "dry weight kg", "target weight", "dw",
        "ドライウェイト", "ドライウエイト", "ドライウェート", "目標体重", "基準体重",
    ),
    "context": ("context", "phase", "pre/post", "pre post", "前後", "区分", "透析前後"),
    "kind": ("kind", "type", "種別", "種類"),
}  # fmt: skip
PEOPLE: dict[str, tuple[str, ...]] = {
    "number": _NUMBER,
    "name": ("name", "full name", "patient name", "氏名", "名前", "患者氏名", "患者名"),
    "sex": ("sex", "gender", "性別"),
    "birth_date": ("birth date", "date of birth", "birthday", "dob", "born", "生年月日"),
    "height_cm": ("height", "height cm", "身長"),
    "language": ("language", "言語"),
    "note": ("note", "notes", "備考", "メモ"),
}
SEXES = {
    "f": "female", "female": "female", "woman": "female", "女": "female", "女性": "female",
    "m": "male", "male": "male", "man": "male", "男": "male", "男性": "male",
}  # fmt: skip
CONTEXTS = {
    "pre": "pre", "before": "pre", "前": "pre", "透析前": "pre",
    "post": "post", "after": "post", "後": "post", "透析後": "post",
    "other": "other", "": "other", "その他": "other",
}  # fmt: skip
KINDS = {
    "": "weight", "weight": "weight", "体重": "weight",
    "dry": "dry", "dry weight": "dry", "dw": "dry", "ドライウェイト": "dry", "ドライウエイト": "dry",
}  # fmt: skip
LANGUAGES = {"": "", "en": "en", "english": "en", "英語": "en", "ja": "ja", "japanese": "ja", "日本語": "ja"}

_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?"
    r"(?:(?:T|\s+|(?<=日))(.+))?",
    re.ASCII,
)
_TIME = re.compile(
    r"(\d{1,2})[:時](\d{1,2})分?(?::?(\d{2})(?:\.\d{1,9})?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_KG = re.compile(r"\s*(kg|kgs|キロ)$", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_DATE_TODO = "write it such as 2026-11-22 or 2026/11/22, the year first"


def plain(text: str) -> str:
    """A word as words are compared: width, case, underscores and blanks do not count."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def column_of(header: str, known: dict[str, tuple[str, ...]]) -> str | None:
    """Which column a heading names, or None; a unit in brackets behind it is left aside."""
    word = re.sub(r"\s*[(\[].*?[)\]]\s*$", "", plain(header))
    return next((name for name, words in known.items() if word in words), None)


def kg_of(text: str) -> float | str:
    """The number in a cell, with a decimal comma or point and perhaps its unit, or what is wrong with it."""
    bare = _KG.sub("", unicodedata.normalize("NFKC", text).strip())
    return parse_number(bare.replace(",", ".") if _DECIMAL_COMMA.fullmatch(bare) else bare)


def language_of(name: str) -> str:
    """``ja`` for a name that is written in kana or kanji, where a table says nothing."""
    return "ja" if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", unicodedata.normalize("NFKC", name)) else "en"


def height_of(text: str) -> float | str:
    """The centimetres in a cell, or what is wrong with it."""
    return kg_of(re.sub(r"\s*cm$", "", unicodedata.normalize("NFKC", text).strip(), flags=re.IGNORECASE))


def day_of(text: str) -> date | str:
    """The day in a cell, or what is wrong with it."""
    moment = moment_of(text, "")
    return moment if isinstance(moment, str) else moment[0].date()


def moment_of(text: str, clock: str) -> tuple[datetime, bool] | str:
    """A day, its time if the same cell or `clock` has one, and whether it had; or what is wrong with it.

    The year comes first, of the West or of a Japanese era. A time without a zone is of the clinic's own; a
    day without a time is its noon.
    """
    plain_text, era = western(unicodedata.normalize("NFKC", text).strip())
    found = _DATE.fullmatch(plain_text)
    if found is None:
        return f"{text!r} is no date; {_DATE_TODO}"
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        day = None
    if day is None or (era and not is_of(day, era)):
        return f"there is no {text!r}; {_DATE_TODO}"
    if not 1890 <= day.year <= 2200:  # beyond these, zones are not known
        return f"the year of {text!r} cannot be; {_DATE_TODO}"
    told = (found[4] or "").strip() or unicodedata.normalize("NFKC", clock).strip()
    if not told:
        return datetime.combine(day, time(12)).astimezone(), False
    hour = _clock(told)
    if hour is None:
        return f"{told!r} is no time; write it such as 09:30"
    moment = datetime.combine(day, hour)
    return (moment if hour.tzinfo else moment.astimezone()), True


def _clock(text: str) -> time | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    zone = found[4]
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0), tzinfo=_zone(zone) if zone else None)
    except ValueError:
        return None


def _zone(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
