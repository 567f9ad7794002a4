"""The clinic's and the administration's pages on a tour, photos of the face among them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.tour_own import confirmed
from benchmarks.toured import Tour

__all__ = ["Faces", "administration", "clinic", "erase", "faces", "leave", "made_faces", "photos"]

PHOTOS = Path("examples/diagnosis")
_NUMBER = "17"
_TABLE = (
    f"number,date,weight\n{_NUMBER},2026-11-01,66.4\n{_NUMBER},2026-11-03,67.1\n"
    f"{_NUMBER},2026-11-05,sixty\nnobody,2026-11-03,61.0\n"
).encode()
_READ_MS = 240_000
_PATIENT = re.compile("/clinic/people/[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Faces:
    """What photos are compared with, made from the simulated faces of `examples/diagnosis`.

    Attributes:
        model, gallery: files of each.
    """

    model: tuple[Path, ...]
    gallery: tuple[Path, ...]


def made_faces(folder: Path) -> Faces:
    """Train a small model and make a gallery, as a clinic would: ten seconds on one core."""
    model, gallery = folder / "model", folder / "gallery"
    for words in (
        ("train", PHOTOS, "--out", model, "--no-rivals", "--json"),
        ("gallery", "add", "--data", PHOTOS, "--gallery", gallery),
    ):
        command = [sys.executable, "-m", "mitate", "diagnosis", *map(str, words)]
        subprocess.run(command, check=True, capture_output=True)
    chosen = (model / "model.json", model / "model.npz")
    return Faces(chosen, tuple(sorted(gallery.iterdir())))


def faces(page: Any, origin: str, kept: Tour, made: Faces) -> None:
    """The administrator installs a model of faces and a gallery."""
    page.goto(f"{origin}/admin/faces")
    kept.look(page, "admin-faces-none")
    _install(page, "model", made.model)
    _install(page, "gallery", made.gallery)
    kept.look(page, "admin-faces")


def _install(page: Any, kind: str, files: Sequence[Path]) -> None:
    page.set_input_files(f"#files-{kind}", list(files))
    page.click(f"form[action='/admin/faces/{kind}'] button")
    page.wait_for_url(f"**/admin/faces?done={kind}", timeout=_READ_MS)


def photos(page: Any, origin: str, kept: Tour) -> None:
    """A photo of a new patient's face is agreed to, sent, waited for and read.

    Not of whoever has all roles at home: the person herself is told nothing of photos.
    """
    page.goto(f"{origin}/clinic/new")
    page.fill("#name", "Sora")
    page.click("main form .button")
    page.wait_for_url(_PATIENT)
    hers = f"{origin}/clinic/people/{str(page.url).partition('/people/')[2][:32]}"
    page.goto(f"{hers}/photos")
    kept.look(page, "clinic-photos-unasked")
    page.goto(f"{hers}/consent")
    for kind in ("analyse", "photos"):
        form = f"form:has(input[name=kind][value={kind}])"
        page.click(f"{form} button[value=yes]")
        page.wait_for_selector(f"{form} button[value=no]")
    page.goto(f"{hers}/photos")
    page.set_input_files("#photo", sorted((PHOTOS / "photos").iterdir())[0])
    page.click("main form button.button")
    page.wait_for_url(re.compile("/clinic/photos/[0-9a-f]{32}$"))
    kept.look(page, "clinic-photo-waiting")
    page.wait_for_selector("main .headline", timeout=_READ_MS)
    kept.look(page, "clinic-photo")
    page.goto(f"{hers}/photos")
    kept.look(page, "clinic-photos")


def clinic(page: Any, origin: str, kept: Tour, check: str) -> str:
    """Every page of the clinic for the person who filmed herself at home; her id."""
    _list(page, origin, kept)
    page.goto(f"{origin}/clinic")
    page.click("main a[href^='/clinic/people/']:has-text('Hana')")
    page.wait_for_url(_PATIENT)
    kept.look(page, "clinic-person")
    person = str(page.url).rpartition("/")[2]
    confirmed(page, origin, f"/clinic/people/{person}/erase")
    for part in ("weights", "model", "course", "consent", "export", "erase", "edit"):
        page.goto(f"{origin}/clinic/people/{person}/{part}")
        kept.look(page, f"clinic-{part}")
    page.goto(f"{origin}/clinic/people/{person}")
    page.click("main [data-here]")
    page.wait_for_selector("#start:enabled")
    page.wait_for_timeout(1500)
    kept.look(page, "clinic-film")
    page.goto(f"{origin}/clinic/people/{person}")
    page.click("main a[href^='/clinic/captures/']")
    kept.look(page, "clinic-session")
    page.goto(f"{origin}/clinic/checks/{check}")
    page.wait_for_timeout(1500)
    kept.look(page, "clinic-check")
    return person


def _list(page: Any, origin: str, kept: Tour) -> None:
    for path, name in (
        ("/clinic", "clinic"),
        ("/clinic/alarms", "clinic-alarms"),
        ("/clinic/import", "clinic-import"),
        ("/clinic/new", "clinic-new"),
    ):
        page.goto(f"{origin}{path}")
        kept.look(page, name)
    page.fill("#name", "Sora")
    page.fill("#height_cm", "16")
    with kept.wanting("status of 4"):
        page.click("main form .button")
        page.wait_for_selector("[aria-invalid=true]")
        kept.look(page, "clinic-new-wrong")
    page.fill("#name", "Yuki")
    page.fill("#number", _NUMBER)
    page.fill("#height_cm", "160")
    page.click("main form .button")
    page.wait_for_url(_PATIENT)
    _import(page, origin, kept)


def _import(page: Any, origin: str, kept: Tour) -> None:
    """A table of weights with two good lines and two that are refused, taken in without those."""
    page.goto(f"{origin}/clinic/import")
    page.set_input_files("#file", {"name": "weights.csv", "mimeType": "text/csv", "buffer": _TABLE})
    page.click("main form .button")
    page.wait_for_selector("#refused .refused-line >> nth=1")
    kept.look(page, "clinic-import-looked")
    page.check("input[name=leave_out]")
    page.click(".take-in .button")
    page.wait_for_selector("main [role=status]")
    kept.look(page, "clinic-import-done")


def administration(page: Any, origin: str, kept: Tour) -> None:
    """Every page of the administration, a backup made and looked through."""
    confirmed(page, origin, "/admin/people")
    for part in ("", "/people", "/audit", "/retention", "/backup", "/key", "/tokens"):
        page.goto(f"{origin}/admin{part}")
        kept.look(page, f"admin{part.replace('/', '-')}")
    page.goto(f"{origin}/admin/people")
    page.click("main a[href^='/admin/people/']")
    page.wait_for_url("**/admin/people/*")
    kept.look(page, "admin-account")
    page.goto(f"{origin}/admin/backup")
    page.click("form[action='/admin/backup'] button")
    page.wait_for_selector("form[action$='/verify'] button", timeout=_READ_MS)
    page.click("form[action$='/verify'] button")
    page.wait_for_selector("main [role=status]", timeout=_READ_MS)
    kept.look(page, "admin-backup-made")


def erase(page: Any, origin: str, kept: Tour, person: str, number: str, secret: str) -> None:
    """A person is erased, at the second try: the first time the wrong thing was typed."""
    confirmed(page, origin, f"/clinic/people/{person}/erase", secret)
    page.fill("#confirm", "somebody else")
    with kept.wanting("status of 4"):
        page.click("main form .button-danger")
        page.wait_for_selector("#wrong")
        kept.look(page, "example-erase-wrong")
    page.fill("#confirm", number)
    page.click("main form .button-danger")
    page.wait_for_selector("#confirm", state="detached")
    kept.look(page, "example-erased")


def leave(page: Any, origin: str, kept: Tour) -> None:
    """Out, in by the wrong secret, and to a page that there is not."""
    page.goto(f"{origin}/sign-out")
    kept.look(page, "sign-out")
    page.context.clear_cookies()
    page.goto(f"{origin}/sign-in")
    kept.look(page, "sign-in")
    page.fill("input[name=name]", "Hana")
    page.fill("input[name=secret]", "000001")
    with kept.wanting("status of 4"):
        page.click(".actions .button-large")
        page.wait_for_selector("#problem")
        kept.look(page, "sign-in-wrong")
        page.goto(f"{origin}/nowhere")
        kept.look(page, "nowhere")
