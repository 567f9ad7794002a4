"""Every exercise film in a real Chromium: it plays to its end with captions, from a page opened as a file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mitate.back.exercises import exercises
from mitate.back.film_page import write_page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

PLAYED = """
async name => {
  const video = document.querySelector(`article[id="${name}"] video`);
  const until = (target, event) => new Promise(done => target.addEventListener(event, done, {once: true}));
  const ready = until(video, 'loadedmetadata');
  video.load();
  await ready;
  const seen = {};
  const tracks = [...video.querySelectorAll('track')];
  for (const track of tracks) {
    track.track.mode = 'showing';
    if (track.readyState !== 2) await until(track, 'load');
    track.track.addEventListener('cuechange', () => {
      if (track.track.activeCues.length) seen[track.srclang] = true;
    });
  }
  const cues = {};
  for (const track of tracks) {
    cues[track.srclang] = [...track.track.cues].map(cue => [cue.startTime, cue.endTime, cue.text]);
  }
  for (const track of tracks) {  // at sixteen times the pace a busy machine leaves cues out
    const first = track.track.cues[0];
    const there = until(video, 'seeked');
    video.currentTime = (first.startTime + first.endTime) / 2;
    await there;
    for (let look = 0; look < 6000 && !seen[track.srclang]; look += 1) {
      if (track.track.activeCues.length) seen[track.srclang] = true;
      await new Promise(done => setTimeout(done, 10));
    }
  }
  video.currentTime = 0;
  await until(video, 'seeked');
  video.playbackRate = 16;
  const over = until(video, 'ended');
  await video.play();
  await over;
  const told = {duration: video.duration, width: video.videoWidth, height: video.videoHeight,
    ended: video.ended, error: video.error ? video.error.message : null, cues,
    seen: Object.keys(seen).sort()};
  video.removeAttribute('src');
  return told;
}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, list[str]]]:
    if find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip("playwright or Chromium is not installed")
    from playwright.sync_api import sync_playwright

    written = write_page(tmp_path_factory.mktemp("page"), exercises(), "en")
    with sync_playwright() as browsers:
        context = browsers.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            viewport={"width": 1200, "height": 800},
        )
        opened = context.new_page()
        errors: list[str] = []
        opened.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(written.as_uri())
        yield opened, errors
        context.close()


@pytest.mark.parametrize("name", [one.name for one in exercises()])
def test_a_film_plays_to_its_end_with_captions(page: tuple[Any, list[str]], name: str) -> None:
    opened, errors = page
    told = opened.evaluate(PLAYED, name)
    assert told["error"] is None
    assert told["ended"]
    assert 10.0 <= told["duration"] <= 40.1
    assert (told["width"], told["height"]) == (1280, 720)
    for language in ("en", "ja"):
        cues = told["cues"][language]
        assert len(cues) >= 2
        assert all(0 <= start < end <= told["duration"] + 0.05 for start, end, _ in cues)
    assert told["seen"] == ["en", "ja"]
    assert not errors


@pytest.mark.parametrize("size", [(390, 844), (1200, 800)])
def test_nothing_must_be_scrolled_sideways(page: tuple[Any, list[str]], size: tuple[int, int]) -> None:
    opened, _ = page
    opened.set_viewport_size({"width": size[0], "height": size[1]})
    wide = opened.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    assert opened.evaluate("document.querySelector('video').getBoundingClientRect().width") <= size[0]
