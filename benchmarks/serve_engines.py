"""The app in the engines that it was not made in: WebKit (every browser of an iPhone or iPad) and Gecko.

From the first start: a film of the face and one of a movement are chosen and sent, their results and the
programme read, the film of an exercise played; then every page that links lead to is opened in English and in
Japanese, in a window of 390 x 844. Counted: pages, errors of scripts, pages wider than the window, films that
do not play. Needs Debian's webkit2gtk-driver, xvfb, firefox-esr and gstreamer1.0-libav.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av

from benchmarks.driven import Engine, EngineError
from benchmarks.engines import ENGINES, HEIGHT, WIDTH, absent, engine
from benchmarks.served import ends, served
from benchmarks.service_rows import write_rows
from mitate.figures import Figure
from mitate.serve.example import NURSE, PATIENT
from mitate.serve.words import LANGUAGES, Say

__all__ = [
    "Seen",
    "as_safari",
    "example",
    "first_start",
    "interview",
    "journey",
    "main",
    "open_all",
    "play",
    "send_face",
    "send_movement",
    "sign_in",
]

FACE = Path("examples/two-patients/videos/sim-460-0000_d007-pre.mp4")
BEND = Path("examples/films/forward-bend.mp4")
PIN = "739164"
_READ_S = 240.0
_LEFT_OUT = re.compile(r"^/(api|static|sign-out|language)|/(record|coach)(/|$)|\.(tar|csv|json|zip|mp4)$")
"""No pages, pages that end the visit, and pages of the live camera."""
_IDS = re.compile(r"/[0-9a-f-]{32,36}(?=/|$)|(?<=/exercise/)[a-z_0-9]+|(?<=/move/\*/)[a-z_0-9]+")


@dataclass(slots=True)
class Seen:
    """What was seen in one engine.

    Attributes:
        engine: its name and version.
        pictures: where pictures of the window go; None keeps none.
        pages: ``LANGUAGE PATH`` of each page that was looked at.
        wide: those wider than the window.
        troubles: what went wrong in scripts.
        stuck: films that did not play.
    """

    engine: str
    pictures: Path | None = None
    pages: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def look(self, shown: Engine, name: str) -> None:
        """Note a page: how wide it is, and what its scripts said."""
        language, left_over, failed = shown.run(
            "const all = document.documentElement;"
            "const failed = document.title.startsWith(arguments[0][all.lang]);"
            "return [all.lang, all.scrollWidth - all.clientWidth, failed]",
            {language: Say(language)("shell.failed") for language in LANGUAGES},
        )
        if failed:
            self.troubles.append(f"{language} {name}: the page that says what went wrong")
        self.pages.append(f"{language} {name}")
        if left_over > 0:
            self.wide.append(f"{language} {name}: {left_over} px")
        self.troubles += shown.troubles()
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            file = (
                f"{len(self.pages):03d}-{language}-{name.strip('/').replace('/', '-').replace('*', '')}.png"
            )
            self.pictures.joinpath(file).write_bytes(shown.picture())


def first_start(shown: Engine, origin: str, seen: Seen) -> None:
    """From a record that nobody has used to the person's home."""
    shown.go(f"{origin}/")
    seen.look(shown, "/first")
    shown.click("a[href='/first?kind=home']")
    shown.arrive("/first")
    shown.write("input[name=name]", "Hana")
    shown.write("input[name=secret]", PIN)
    shown.write("input[name=again]", PIN)
    shown.click("input[name=agrees]")
    seen.look(shown, "/first?kind=home")
    shown.click("form .button-large")
    shown.arrive("/home")


def as_safari(film: Path, made: Path) -> Path:
    """A film as Safari's MediaRecorder hands it over: MP4 in fragments, whose beginning tells no length.

    (ISO/IEC 14496-12, 8.8: an empty movie box, then one fragment after the other.)
    """
    pieces = {"movflags": "empty_moov+frag_keyframe+default_base_moof"}
    with av.open(str(film)) as source, av.open(str(made), "w", format="mp4", options=pieces) as target:
        shown = source.streams.video[0]
        stream = target.add_stream_from_template(shown)
        for packet in source.demux(shown):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return made


def send_face(shown: Engine, origin: str, seen: Seen, film: Path = FACE) -> None:
    """Choose a film of the face and send it, up to the page that waits."""
    shown.go(f"{origin}/face")
    shown.click("input[name=context][value=other]")
    shown.write("#weight", "66.5")
    shown.click("button[name=way][value=upload]")
    shown.arrive("/face/upload")
    seen.look(shown, "/face/upload")
    shown.write("input[type=file]", str(film.resolve()))
    shown.click("form:has(input[type=file]) button")
    shown.arrive("/face/(wait|result)/", most_s=60)


def interview(shown: Engine, origin: str, seen: Seen) -> str:
    """The questions about the back: no red flag, the first choice otherwise; the check's id."""
    shown.go(f"{origin}/back")
    seen.look(shown, "/back")
    shown.click("form[action='/back/start'] button[value=low_back]")
    shown.arrive("/back/interview/")
    check = shown.address.rpartition("/")[2]
    seen.look(shown, "/back/interview/*")
    for _ in range(60):
        before = shown.run(
            "const now = document.querySelector('.question, .answers'); return now && now.outerHTML"
        )
        if not before:
            break
        _answer(shown)
        shown.until(
            "const now = document.querySelector('.question, .answers');"
            f"return document.readyState === 'complete' && (now && now.outerHTML) !== {json.dumps(before)}"
        )
    return check


def _answer(shown: Engine) -> None:
    """Answer the question on the page."""
    if shown.run("return !!document.querySelector('#years')"):
        shown.write("#years", "67")
        shown.click(".answers .button-large")
    elif shown.run("return !!document.querySelector('.answers input[type=checkbox]')"):
        shown.click(".answers .choice:first-of-type")
        shown.click(".answers .button-large")
    elif shown.run(
        "return !document.querySelector('.quiet.small') && !!document.querySelector('.answers [value=False]')"
    ):
        shown.click(".answers button[value=False]")  # no red flag
    else:
        shown.click(".answers button.answer")


def send_movement(shown: Engine, origin: str, seen: Seen, check: str, film: Path = BEND) -> None:
    """Choose a film of the first movement and send it, up to the list of movements."""
    shown.go(f"{origin}/back/movements/{check}")
    seen.look(shown, "/back/movements/*")
    shown.click(".next-movement a.button-large")
    shown.arrive("/back/move/")
    seen.look(shown, "/back/move/*/*")
    shown.click("#choose summary")
    shown.write("#film", str(film.resolve()))
    shown.arrive("/back/movements/", most_s=60)


def conclude(shown: Engine, check: str, seen: Seen) -> None:
    """Hand the check in and wait for its causes and exercises."""
    shown.click(f"form[action='/back/conclude/{check}'] button")
    shown.arrive("/back/(wait|result)/")
    seen.look(shown, "/back/wait/*")
    shown.arrive("/back/result/", most_s=_READ_S)
    seen.look(shown, "/back/result/*")


def play(shown: Engine, origin: str, seen: Seen) -> None:
    """Play the film of an exercise, jump in it, see its captions; and the coach's without a camera."""
    shown.go(f"{origin}/back/exercise/standing_bow_neutral")
    told = shown.later(
        "const film = document.querySelector('#exercise-film'); film.muted = true;"
        "const within = (made) => Promise.race([made,"
        " new Promise((_, late) => setTimeout(() => late(film.error?.message ?? 'nothing came'), 15000))]);"
        "await within(film.play());"
        "await within(new Promise((done) => {"
        " film.ontimeupdate = () => film.currentTime > 0.5 && done(); }));"
        "const jumped = new Promise((done) => (film.onseeked = done));"
        "film.currentTime = film.duration * 0.7; await within(jumped);"
        "const shown = [...film.textTracks].filter((one) => one.mode === 'showing').length;"
        "return film.videoWidth > 0 && shown === 1 ? 'played' : `captions: ${shown}`;"
    )
    if told != "played":
        seen.stuck.append(f"exercise: {told}")
    shown.go(f"{origin}/back/coach/standing_bow_neutral")
    shown.click("#without")
    try:
        shown.until("return document.querySelector('#exercise-film').currentTime > 0.5", most_s=30)
    except EngineError as error:
        seen.stuck.append(f"coach: {error}")
    seen.troubles += shown.troubles()


def open_all(
    shown: Engine, origin: str, seen: Seen, language: str, starts: Sequence[str], secret: str
) -> None:
    """Open every page that links lead to, one of each kind; `secret` is for those that ask once more."""
    shown.go(f"{origin}{starts[0]}")
    if shown.run("return document.documentElement.lang") != language:
        shown.click(f".top button[name=language][value={language}]")
        shown.until(
            f"return document.documentElement.lang === '{language}' && document.readyState === 'complete'"
        )
    left, known = list(starts), {_kind(one) for one in starts}
    while left:
        path = left.pop(0)
        shown.go(f"{origin}{path}")
        if shown.run("return location.pathname === '/confirm'"):
            seen.look(shown, "/confirm")
            shown.write("#secret", secret)
            shown.click("form[action='/confirm'] .button-large")
            shown.arrive(f"^{re.escape(path.partition('?')[0])}$")
        seen.look(shown, _kind(path))
        for found in shown.run("return [...document.links].map((one) => one.pathname + one.search)"):
            if _kind(found) not in known and not _LEFT_OUT.search(found.partition("?")[0]):
                known.add(_kind(found))
                left.append(found)


def _kind(path: str) -> str:
    return _IDS.sub("/*", path.partition("?")[0]).rstrip("/") or "/"


def journey(shown: Engine, origin: str, seen: Seen, face: Path = FACE) -> None:
    """From the first start to results and a programme, then every page in both languages."""
    first_start(shown, origin, seen)
    send_face(shown, origin, seen, face)
    seen.look(shown, "/face/wait/*")
    shown.arrive("/face/result/", most_s=_READ_S)
    seen.look(shown, "/face/result/*")
    check = interview(shown, origin, seen)
    send_movement(shown, origin, seen, check)
    conclude(shown, check, seen)
    play(shown, origin, seen)
    for language in ("en", "ja"):
        starts = ("/home", "/face", "/back", "/me", "/clinic", "/admin", "/trust")
        open_all(shown, origin, seen, language, starts, PIN)


def sign_in(shown: Engine, origin: str, name: str, secret: str, by: str) -> None:
    """Sign in by a PIN or a password."""
    shown.go(f"{origin}/sign-out")
    if shown.run("return !!document.querySelector('form[action=\"/sign-out\"]')"):
        shown.click("form[action='/sign-out'] button")
        shown.arrive("/sign-in")
    shown.go(f"{origin}/sign-in?by={by}")
    shown.write("input[name=name]", name)
    shown.write("input[name=secret]", secret)
    shown.click(".actions .button-large")
    shown.arrive("^/(home|clinic|admin)")


def example(shown: Engine, origin: str, seen: Seen) -> None:
    """Every page of two simulated patients: as one of them sees them, and as the clinic does."""
    sign_in(shown, origin, *PATIENT, by="pin")
    for language in ("en", "ja"):
        open_all(shown, origin, seen, language, ("/home", "/face", "/back", "/me"), PATIENT[1])
    sign_in(shown, origin, *NURSE, by="password")
    for language in ("en", "ja"):
        open_all(shown, origin, seen, language, ("/clinic", "/clinic/alarms", "/admin"), NURSE[1])


def main() -> int:
    """Go through the app in every engine, and write what was found."""
    lacking = [told for name in ENGINES if (told := absent(name))]
    if lacking:
        print(*lacking, sep="\n", file=sys.stderr)
        return 1
    for name in ENGINES:
        with tempfile.TemporaryDirectory() as place:
            seen = _seen_in(name, Path(place))
        for line in (*seen.troubles, *seen.wide, *seen.stuck):
            print(f"{seen.engine}: {line}", file=sys.stderr)
        write_rows(_figures(seen))
    return 0


def _seen_in(name: str, place: Path) -> Seen:
    face = as_safari(FACE, place / "face.mp4") if name == "WebKit" else FACE
    with engine(name, place / "one", dark=False) as shown:
        seen = Seen(f"{shown.name} {shown.version}")
        with served(place / "record", program="benchmarks.watched") as running:
            journey(shown, running.origin, seen, face)
    with (
        engine(name, place / "two", dark=True) as shown,
        served(place / "example", "--demo", program="benchmarks.watched") as running,
    ):
        ends(place / "example")
        example(shown, running.origin, seen)
    return seen


def _figures(seen: Seen) -> list[Figure]:
    pages = len(seen.pages)
    data = f"{seen.engine}, {WIDTH} x {HEIGHT}, English and Japanese; chosen films, no live camera"
    engine_name = seen.engine.partition(" ")[0]

    def none(name: str, found: int, n: int) -> Figure:
        return Figure(f"{engine_name}: {name}", found, "", None, None, n, data, bar=0.0, at_least=False)

    return [
        Figure(f"{engine_name}: pages opened", pages, "pages", None, None, pages, data),
        none("errors of scripts on these pages", len(seen.troubles), pages),
        none("pages wider than the window", len(seen.wide), pages),
        none("films of exercises that did not play", len(seen.stuck), 2),
    ]


if __name__ == "__main__":
    sys.exit(main())
