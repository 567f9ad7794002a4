"""The frame of a report: one HTML file without scripts, fonts or pictures from elsewhere, fit to print.

Type is large, tables fold into cards on a phone, colours follow the reader's choice of light or dark where
the drawings can, and nothing is said by colour alone.
"""

from __future__ import annotations

from html import escape

__all__ = ["page"]


def page(
    title: str,
    banner: str,
    body: str,
    *,
    style: str = "",
    language: str = "en",
    skip: str = "",
    dark: bool = True,
) -> str:
    """The whole file.

    Args:
        title: plain words.
        banner: plain words above everything, or none.
        body: markup.
        style: the page's own rules, after those that all pages share.
        language: ``en`` or ``ja``.
        skip: plain words of a link that leads the keyboard past the banner, or none.
        dark: whether the page may be dark, which its drawings must bear.
    """
    look = _LIGHT + (_DARK if dark else "") + _SHARED + style
    past = f'<a class="skip" href="#content">{escape(skip)}</a>\n' if skip else ""
    above = f'<p class="banner" role="note">{escape(banner)}</p>\n' if banner else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="{"light dark" if dark else "light"}">\n'
        f"<title>{escape(title)}</title>\n<style>{look}</style>\n</head>\n<body>\n{past}{above}"
        f'<main id="content">\n{body}\n</main>\n</body>\n</html>\n'
    )


_LIGHT = """
:root { --ink: #1b1f24; --soft: #4b5563; --paper: #ffffff; --line: #c9d1da; --tint: #f2f5f8;
  --link: #0b57a4; --alarm: #a4161a; --alarm-tint: #fdecec; --care: #8a5200; --care-tint: #fff4df;
  --fine: #1d6b3a; --fine-tint: #e9f6ee; --heat: 31, 92, 153; }
"""
_DARK = """
@media screen and (prefers-color-scheme: dark) { :root { --ink: #eceff3; --soft: #b4bdc8; --paper: #14171b;
  --line: #3b444f; --tint: #1f242b; --link: #8cc2ff; --alarm: #ff9c9c; --alarm-tint: #3a1719;
  --care: #ffc66b; --care-tint: #36270d; --fine: #84d9a3; --fine-tint: #12301e; --heat: 92, 160, 230; } }
"""
_SHARED = """
* { box-sizing: border-box; }
html { font-size: 118.75%; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55; overflow-wrap: break-word;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
body:lang(ja) { line-height: 1.75; line-break: strict; font-family: "Hiragino Sans",
  "Hiragino Kaku Gothic ProN", "Yu Gothic", Meiryo, "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
main { max-width: 55rem; margin: 0 auto; padding: 1rem 1.1rem 4rem; }
.skip { position: absolute; left: -999rem; } .skip:focus { position: static; display: block; padding: .5rem; }
.banner { margin: 0; max-width: none; padding: .5rem 1.1rem; background: #a4161a; color: #fff;
  font-weight: 700; text-align: center; position: sticky; top: 0; z-index: 1; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .3rem; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.6rem 0 .6rem; padding-top: .8rem;
  border-top: 2px solid var(--line); text-wrap: balance; scroll-margin-top: 3rem; }
h3 { font-size: 1.08rem; line-height: 1.35; margin: 1.6rem 0 .3rem; }
h4 { font-size: 1rem; margin: 1rem 0 .2rem; }
p, ul, ol { margin: .5rem 0 .8rem; max-width: 42rem; }
ul, ol { padding-left: 1.3rem; } li { margin: .2rem 0; } a { color: var(--link); }
.verdict { font-size: 1.25rem; line-height: 1.45; }
.soft, figcaption, caption { color: var(--soft); }
.card { border-left: .45rem solid var(--line); background: var(--tint); border-radius: .3rem;
  padding: .7rem 1rem .4rem; margin: .8rem 0; }
.card h2, .card h3 { margin: 0 0 .3rem; padding: 0; border: 0; }
.card.alarm { border-color: var(--alarm); background: var(--alarm-tint); }
.card.care { border-color: var(--care); background: var(--care-tint); }
.card.fine { border-color: var(--fine); background: var(--fine-tint); }
.alarm h2, .alarm h3 { color: var(--alarm); } .care h2, .care h3 { color: var(--care); }
.fine h2, .fine h3 { color: var(--fine); }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; font-weight: 400;
  border-bottom: 1px solid var(--line); }
thead th { font-weight: 700; vertical-align: bottom; border-bottom: 2px solid var(--ink); }
tbody th { font-weight: 600; min-width: 7.5rem; }
.strong { font-weight: 700; } .below { color: var(--soft); font-weight: 400; font-size: .9em; }
.short { display: none; }
figure { margin: 1rem 0; break-inside: avoid; } figcaption { font-size: .95rem; max-width: 42rem; }
figure svg[role], figure img { width: 100%; height: auto; max-width: 34rem; }
.keys { list-style: none; padding: 0; margin: .3rem 0; font-size: .95rem; columns: 15rem; }
.keys li { break-inside: avoid; } svg.key { width: 2.4rem; height: .6rem; }
.pair { display: grid; gap: 0 1.5rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
nav ul { columns: 17rem; column-gap: 2rem; list-style: none; padding: 0; }
nav li { break-inside: avoid; margin: 0 0 .4rem; }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--link); padding: .35rem 0; }
@media screen and (max-width: 40rem) {
  html { font-size: 106.25%; }
  .folds, .folds tbody, .folds tr, .folds th, .folds td, .folds caption { display: block; }
  .folds thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .folds tr { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: 0 0 .7rem; }
  .folds th, .folds td { border: 0; padding: .12rem 0; }
  .folds td { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.5fr); gap: .8rem; }
  .folds td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
  .folds tbody th { font-size: 1.05em; }
  .long { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .short { display: inline; }
}
@media print {
  :root { --ink: #000; --soft: #333; --line: #999; --tint: #f4f4f4; --link: #000; --alarm: #8a1014;
    --alarm-tint: #fff; --care: #6b4000; --care-tint: #fff; --fine: #14522b; --fine-tint: #fff;
    color-scheme: light; }
  html { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .banner { position: static; color: #000; background: #fff; border: 1.5pt solid #a4161a; }
  h2, h3 { break-after: avoid; } h2 { margin-top: 1.4rem; } .card, tr, figure { break-inside: avoid; }
  .pair { grid-template-columns: 1fr 1fr; }
  details::details-content { content-visibility: visible; block-size: auto; }
  caption, thead { break-after: avoid; } tbody tr:first-child { break-before: avoid; }
  .wide { overflow: visible; } nav, .skip { display: none; } p, li { orphans: 3; widows: 3; }
}
"""
