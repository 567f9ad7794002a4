"""Every word that pages say is there in both languages, and every word that is there is said."""

from __future__ import annotations

import re
import string
from importlib import resources
from pathlib import Path

import pytest

from mitate.serve.words import LANGUAGES, Say, all_words

SERVE = Path(str(resources.files("mitate.serve")))
# `say(x)` with anything but a plain text cannot be followed: its keys count as said by their beginning.
SAID = re.compile(r"""["']([a-z_]+\.[A-Za-z0-9_]+)["']""")
BEGUN = re.compile(r"""["']([a-z_]+\.[A-Za-z0-9_]*)(?:\{|["']\s*(?:~|\+))""")
BLOCK = re.compile(r"""say\.(?:block\([^,]+,|starting\()\s*["']([a-z_]+\.[A-Za-z0-9_]+)["']""")
OVER = re.compile(r"""\bover_words\(\s*["']([a-z_]+\.[A-Za-z0-9_]+)["']""")
SAY = re.compile(r"""\bsay\(\s*["']([^"'{}]+)["']\s*[,)]""")


def sources() -> list[Path]:
    return [*SERVE.rglob("*.py"), *SERVE.rglob("*.html")]


def test_every_key_that_is_said_exists() -> None:
    known = all_words()
    missing = {
        f"{file.relative_to(SERVE)}: {key}"
        for file in sources()
        for key in SAY.findall(file.read_text("utf-8"))
        if key not in known and not key.isupper()
    }
    assert missing == set()


def test_every_key_is_said() -> None:
    texts = [file.read_text("utf-8") for file in sources()]
    exact = {key for text in texts for key in SAID.findall(text)}
    # serve/told/numbers.py
    exact |= {f"{key}_usual" for text in texts for key in OVER.findall(text)}
    begun = {key for text in texts for key in (*BEGUN.findall(text), *BLOCK.findall(text))}
    unused = {
        key for key in all_words() if key not in exact and not any(key.startswith(one) for one in begun)
    }
    assert unused == set()


def test_words_for_scripts_are_used_by_scripts() -> None:
    scripts = "".join(file.read_text("utf-8") for file in (SERVE / "static" / "js").glob("*.js"))
    mine = [key for key in all_words() if re.match(r"(shell|face|film)\.js_", key)]
    names = [key.partition(".js_")[2] for key in mine]
    assert mine
    unused = []
    for name in names:
        made = re.match(r"(camera|upload|stage)_", name)  # `camera_${kind}` and the like
        if not re.search(rf"\b{name}\b", scripts) and not (made and f"{made[1]}_${{" in scripts):
            unused.append(name)
    assert unused == []


def test_both_languages_have_the_same_gaps() -> None:
    for key, texts in all_words().items():
        parsed = [string.Formatter().parse(texts[one]) for one in LANGUAGES]
        gaps = [{name for _, name, _, _ in one if name} for one in parsed]
        assert gaps[0] == gaps[1], key
        assert all(text.strip() for text in texts.values()), key


def test_gaps_are_filled() -> None:
    assert Say("en")("face.kg", kg="1.9") == "1.9 kg"


def test_a_block_for_scripts_cannot_be_ended_by_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"shell.js_bad": {"en": "</script><b>&", "ja": "-"}}
    monkeypatch.setattr("mitate.serve.words.all_words", lambda: words)
    told = str(Say("en").block("shell-words", "shell.js_"))
    assert told.count("<") == 2
    assert "\\u003c/script\\u003e" in told
