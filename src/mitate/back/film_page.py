"""A page that plays the exercise films from a folder: opened as a file, without a server or a network."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping
from pathlib import Path

from mitate.back.captions import LANGUAGES
from mitate.back.exercise import Exercise
from mitate.back.exercises import film_file
from mitate.files import write_bytes, write_text
from mitate.paper.page import page
from mitate.paper.parts import heading, listed, paragraph

__all__ = ["player", "write_page"]

_FOLDER = "films"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Exercise films",
        "who": "The figure is simulated; no person is shown. The warm colour marks the part that works.",
        "steps": "How it is done",
        "described": "What the film shows",
        "low_back": "Low back",
        "neck": "Neck and shoulder",
        "en": "English",
        "ja": "Japanese",
        "top": "To the list",
        "absent": "This browser does not play films.",
    },
    "ja": {
        "title": "運動の動画",
        "who": "動画の人物はコンピューターで作った模型で、実在の人ではありません。"
        "色のついたところは、その運動でよく働く部分です。",
        "steps": "やり方",
        "described": "動画の説明",
        "low_back": "腰",
        "neck": "首・肩",
        "en": "英語",
        "ja": "日本語",
        "top": "一覧へ戻る",
        "absent": "このブラウザでは動画を再生できません。",
    },
}

_STYLE = """
h2 { border: 0; margin: 2rem 0 .5rem; padding: 0; } h3 { font-size: 1.15rem; margin: 0 0 .6rem; }
.who, .described { color: var(--soft); }
article { border-top: 1px solid var(--line); padding: 1.4rem 0; }
video { display: block; width: 100%; height: auto; aspect-ratio: 16 / 9; background: #e6e5e2;
  border-radius: .5rem; }
video::cue { font-size: 1em; background: rgba(20, 28, 36, .72); color: #fff; }
.top { font-size: .9rem; }
@media print { video { display: none; } article { break-inside: avoid; } }
"""


def player(one: Exercise, language: str, *, folder: str = _FOLDER) -> str:
    """The HTML of one film with its still and its captions in both languages.

    Captions lie within the page, since browsers keep a page that was opened as a file from reading others.

    Args:
        one: the exercise.
        language: ``en`` or ``ja``: of the captions that are shown first.
        folder: where the film and its still lie, relative to the page.

    Raises:
        InputError: the exercise has no film.
    """
    say = _WORDS[language]
    tracks = []
    for other in LANGUAGES:
        text = film_file(one.name, f".{other}.vtt").read_bytes()
        source = "data:text/vtt;base64," + base64.b64encode(text).decode("ascii")
        first = " default" if other == language else ""
        head = f'<track kind="captions" srclang="{other}" label="{html.escape(say[other])}"'
        tracks.append(f'{head} src="{source}"{first}>')
    place = f"{folder}/{one.name}"
    label = html.escape(one.title.text(language), quote=True)
    return (
        f'<video controls muted playsinline preload="none" width="1280" height="720" aria-label="{label}" '
        f'poster="{place}.jpg">\n<source src="{place}.mp4" type="video/mp4">\n'
        + "\n".join(tracks)
        + f"\n{html.escape(say['absent'])}\n</video>"
    )


def _article(one: Exercise, language: str) -> str:
    say = _WORDS[language]
    parts = [
        heading(3, one.title.text(language)),
        player(one, language),
        heading(4, say["steps"]) + listed(one.steps.text(language), ordered=True),
        heading(4, say["described"]) + paragraph(one.description.text(language), "described"),
        f'<p class="top"><a href="#list">{say["top"]}</a></p>',
    ]
    inside = "\n".join(parts)
    return f'<article id="{one.name}">\n{inside}\n</article>'


def write_page(path: Path, exercises: Iterable[Exercise], language: str) -> Path:
    """Write a folder that shows exercises: ``index.html``, and the films and stills beside it.

    Args:
        path: the folder; made if missing.
        exercises: to show, in this order within their regions.
        language: ``en`` or ``ja``, of the words; captions come in both.

    Returns:
        The page.

    Raises:
        InputError: an exercise has no film.
        OSError: the folder cannot be written.
    """
    say, chosen = _WORDS[language], list(exercises)
    lists, articles = [], []
    for region in ("low_back", "neck"):
        here = [one for one in chosen if one.region == region]
        if not here:
            continue
        links = (
            f'<li><a href="#{one.name}">{html.escape(one.title.text(language))}</a></li>' for one in here
        )
        lists.append(f"{heading(2, say[region])}\n<ul>{''.join(links)}</ul>")
        articles += [_article(one, language) for one in here]
    for one in chosen:
        for ending in (".mp4", ".jpg"):
            write_bytes(path / _FOLDER / f"{one.name}{ending}", film_file(one.name, ending).read_bytes())
    index = path / "index.html"
    head = [heading(1, say["title"]), paragraph(say["who"], "who"), '<nav id="list">', *lists, "</nav>"]
    body = "\n".join([*head, *articles])
    write_text(index, page(say["title"], "", body, style=_STYLE, language=language, dark=False))
    return index
