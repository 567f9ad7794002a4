"""How the back check's page looks: large, calm, one column on a phone, fit to print, light only."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { --ink: #1b1f24; --soft: #4b5563; --paper: #ffffff; --line: #c9d1da; --tint: #f4f6f8; --link: #0b57a4;
  --alarm: #a4161a; --alarm-tint: #fdecec; --care: #8a5200; --care-tint: #fff4df; --fine: #1d6b3a;
  --fine-tint: #e9f6ee; --bar: #1f5c99; color-scheme: light; }
* { box-sizing: border-box; }
html { font-size: 118.75%; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55; overflow-wrap: break-word;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
:lang(ja) body, body:lang(ja) { line-height: 1.75; line-break: strict; font-family: "Hiragino Sans",
  "Hiragino Kaku Gothic ProN", "Yu Gothic", Meiryo, "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem 1.1rem 3rem; }
.skip { position: absolute; left: -999rem; } .skip:focus { position: static; display: block; padding: .5rem; }
.banner { margin: 0; max-width: none; padding: .45rem 1.1rem; font-size: .9rem; text-align: center;
  background: #24405c; color: #fff; }
h1 { font-size: 1.85rem; line-height: 1.2; margin: .9rem 0 .2rem; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.2rem 0 .6rem; padding-top: .8rem;
  border-top: 2px solid var(--line); text-wrap: balance; }
h3 { font-size: 1.1rem; line-height: 1.35; margin: 1.5rem 0 .3rem; }
h4 { font-size: 1rem; margin: 1rem 0 .2rem; }
p, ul, ol { margin: .5rem 0 .8rem; max-width: 40rem; }
ul, ol { padding-left: 1.3rem; } li { margin: .25rem 0; }
a { color: var(--link); }
.who, .soft, figcaption, caption { color: var(--soft); }
.who { margin-top: 0; }
.verdict { font-size: 1.3rem; line-height: 1.45; font-weight: 600; margin: .6rem 0 .3rem; }
.meter { height: .85rem; border-radius: .45rem; background: var(--line); max-width: 24rem; overflow: hidden;
  margin: .2rem 0 .6rem; }
.meter span { display: block; height: 100%; background: var(--bar); print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.card { border-left: .45rem solid var(--line); background: var(--tint); border-radius: .3rem;
  padding: .7rem 1rem .4rem; margin: .8rem 0; }
.card h2, .card h3 { margin: 0 0 .3rem; padding: 0; border: 0; }
.card.alarm { border-color: var(--alarm); background: var(--alarm-tint); }
.alarm h2, .alarm h3 { color: var(--alarm); }
.card.care { border-color: var(--care); background: var(--care-tint); }
.care h2, .care h3 { color: var(--care); }
.card.fine { border-color: var(--fine); background: var(--fine-tint); }
.exercises { list-style: none; padding: 0; margin: 1rem 0; max-width: none; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.5rem), 1fr)); }
.exercises > li { margin: 0; border: 1px solid var(--line); border-radius: .5rem; overflow: hidden;
  break-inside: avoid; display: flex; flex-direction: column; background: #fff; }
.exercises img { width: 100%; aspect-ratio: 16 / 9; height: auto; object-fit: cover; display: block;
  background: var(--tint); }
.exercises .inside { padding: .6rem .9rem .7rem; display: flex; flex-direction: column; flex: 1; }
.exercises h3 { margin: 0 0 .15rem; } .exercises p { margin: .15rem 0 .35rem; }
.exercises .go { margin-top: auto; font-weight: 600; }
.dose { font-weight: 600; }
.two { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
.stills { display: flex; flex-wrap: wrap; gap: .8rem; margin: .8rem 0; }
.stills figure { margin: 0; width: min(11rem, 46%); }
.stills.many figure { width: min(11rem, 30%); } .stills img { width: 100%; height: auto; display: block;
  border-radius: .3rem; }
figure { margin: 1rem 0; break-inside: avoid; } figcaption { font-size: .92rem; max-width: 40rem; }
figure svg { width: 100%; height: auto; max-width: 34rem; }
img.graph { width: 100%; min-width: 46rem; height: auto; display: block; }
.stills svg.curve { max-height: 20rem; width: auto; max-width: 100%; }
.stills figure.drawn { width: min(22rem, 100%); }
.wide { overflow-x: auto; margin: 1rem 0; } .wide:focus-visible { outline: 3px solid var(--link); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; padding-bottom: .4rem; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; font-weight: 400;
  border-bottom: 1px solid var(--line); }
thead th { font-weight: 700; vertical-align: bottom; border-bottom: 2px solid var(--ink); }
tbody th { font-weight: 600; }
@media (min-width: 40.01rem) { .measures td:nth-of-type(1) { min-width: 12.5rem; } }
td .below, th .below { display: block; color: var(--soft); font-weight: 400; font-size: .88em; }
td.strong { font-weight: 700; }
svg.measure { width: 12rem; max-width: 100%; height: auto; display: block; }
.proof { background: var(--tint); padding: .7rem 1rem; border-radius: .3rem; font-size: .92rem; }
.proof p { margin: .1rem 0; text-indent: -1.2em; max-width: none; overflow-wrap: anywhere; }
.sheet { margin-top: 3.5rem; } h2.part { font-size: 1.7rem; border: 0; margin-bottom: .2rem; }
video { width: 100%; max-width: 40rem; height: auto; border-radius: .4rem; background: #000; display: block; }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--link); padding: .35rem 0; }
nav ul { list-style: none; padding: 0; } nav li { margin: .1rem 0; }
.sources li { font-size: .9rem; } .sources { padding-left: 1.1rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; border-top: 2px solid var(--line); padding-top: .6rem; font-size: .92rem; }
@media screen and (max-width: 40rem) {
  html { font-size: 106.25%; }
  h1 { font-size: 1.6rem; }
  table.folds, .folds tbody, .folds tr, .folds th, .folds td { display: block; }
  .folds caption { display: block; }
  .folds thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .folds tr { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; margin: 0 0 .7rem; }
  .folds th, .folds td { border: 0; padding: .12rem 0; }
  .folds td { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.6fr); gap: .8rem; }
  .folds td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
  .folds tbody th { font-size: 1.05em; }
  dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .4rem; }
}
@media print {
  @page { size: A4; margin: 15mm; }
  html { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .banner { color: #000; background: #fff; border: 1.5pt solid #24405c; }
  .sheet { break-before: page; } h2, h3 { break-after: avoid; } .card, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  nav, video, .go, .skip { display: none; } .wide { overflow: visible; }
  .exercises { grid-template-columns: repeat(3, 1fr); gap: .6rem; }
  a { color: inherit; text-decoration: none; } p, li { orphans: 3; widows: 3; }
}
"""
