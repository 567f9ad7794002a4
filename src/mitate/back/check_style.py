"""How the back check's page looks beyond what all pages share: large, calm, light only."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
main { max-width: 52rem; }
.banner { background: #24405c; font-size: .9rem; font-weight: 400; position: static; }
h1 { font-size: 1.85rem; }
.who { color: var(--soft); margin-top: 0; }
.verdict { font-size: 1.3rem; font-weight: 600; margin: .6rem 0 .3rem; }
.meter { height: .85rem; border-radius: .45rem; background: var(--line); max-width: 24rem; overflow: hidden;
  margin: .2rem 0 .6rem; }
.meter span { display: block; height: 100%; background: #1f5c99; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.fine h2, .fine h3 { color: inherit; }
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
.stills { display: flex; flex-wrap: wrap; gap: .8rem; margin: .8rem 0; }
.stills figure { margin: 0; width: min(11rem, 46%); }
.stills.many figure { width: min(11rem, 30%); } .stills img { display: block; border-radius: .3rem; }
.wide img.graph { max-width: none; min-width: 46rem; display: block; }
.stills svg.curve { max-height: 20rem; width: auto; max-width: 100%; }
.stills figure.drawn { width: min(22rem, 100%); }
caption { font-weight: 600; } td .below, th .below { font-size: .88em; }
@media (min-width: 40.01rem) { .measures td:nth-of-type(1) { min-width: 12.5rem; } }
svg.measure { width: 12rem; max-width: 100%; height: auto; display: block; }
.proof { background: var(--tint); padding: .7rem 1rem; border-radius: .3rem; font-size: .92rem; }
.proof p { margin: .1rem 0; text-indent: -1.2em; max-width: none; overflow-wrap: anywhere; }
.sheet { margin-top: 3.5rem; } h2.part { font-size: 1.7rem; border: 0; margin-bottom: .2rem; }
video { width: 100%; max-width: 40rem; height: auto; border-radius: .4rem; background: #000; display: block; }
.sources { padding-left: 1.1rem; } .sources li { font-size: .9rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; border-top: 2px solid var(--line); padding-top: .6rem; font-size: .92rem; }
@media screen and (max-width: 40rem) {
  h1 { font-size: 1.6rem; } dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .4rem; }
}
@media print {
  @page { size: A4; margin: 15mm; }
  .banner { border-color: #24405c; } .sheet { break-before: page; } video, .go { display: none; }
  .exercises { grid-template-columns: repeat(3, 1fr); gap: .6rem; }
  a { color: inherit; text-decoration: none; }
}
"""
