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
:root { color-scheme: light; --ink: #23303b; --soft: #5b6a76; --line: #d8dcdf; --paper: #fbfaf8; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; color: var(--ink); background: var(--paper);
  font: 1.0625rem/1.6 system-ui, "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic", Meiryo, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; } h2 { font-size: 1.3rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1.15rem; margin: 0 0 .6rem; } h4 { font-size: 1rem; margin: 1rem 0 .2rem; }
.who, .described { color: var(--soft); } a { color: #1d5a86; }
nav ul { columns: 18rem; padding-left: 1.2rem; } nav li { break-inside: avoid; padding: .15rem 0; }
article { border-top: 1px solid var(--line); padding: 1.4rem 0; }
video { display: block; width: 100%; height: auto; aspect-ratio: 16 / 9; background: #e6e5e2;
  border-radius: .5rem; }
video::cue { font-size: 1em; background: rgba(20, 28, 36, .72); color: #fff; }
ol { margin: .2rem 0; padding-left: 1.4rem; }
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
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in one.steps.text(language))
    return f"""<article id="{one.name}">
<h3>{html.escape(one.title.text(language))}</h3>
{player(one, language)}
<h4>{say["steps"]}</h4>
<ol>{steps}</ol>
<h4>{say["described"]}</h4>
<p class="described">{html.escape(one.description.text(language))}</p>
<p class="top"><a href="#list">{say["top"]}</a></p>
</article>"""


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
        lists.append(f"<h2>{say[region]}</h2>\n<ul>{''.join(links)}</ul>")
        articles += [_article(one, language) for one in here]
    for one in chosen:
        for ending in (".mp4", ".jpg"):
            write_bytes(path / _FOLDER / f"{one.name}{ending}", film_file(one.name, ending).read_bytes())
    page = path / "index.html"
    write_text(
        page,
        f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say["title"]}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{say["title"]}</h1>
<p class="who">{say["who"]}</p>
<nav id="list">
{chr(10).join(lists)}
</nav>
<main>
{chr(10).join(articles)}
</main>
</body>
</html>
""",
    )
    return page
