"""Pieces of the printed report for reportlab: paragraphs, lists, tables, pictures, letters of a language.

English is set in matplotlib's own DejaVu Sans, which has every sign that the report uses and is embedded;
Japanese in the Heisei fonts that PDF viewers bring themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mitate.back.check_words import Say
from mitate.files import write_bytes

__all__ = ["Sheet"]

_INK, _SOFT, _LINE, _CARE, _HEAD = "#1b1f24", "#4b5563", "#c9d1da", "#8a5200", "#24405c"
_MARGIN_MM = 16.0
_STILL_MM, _FILM_MM = 34.0, 52.0  # width of an exercise's still, height of a film's
_MOST_STILLS = 3


class Sheet:
    """Makes the parts of one document, and the document.

    Args:
        say: the report's words.
        title: of the document.
        foot: plain words below every page.
    """

    def __init__(self, say: Say, title: str, foot: str) -> None:
        self._say, self._name, self._foot = say, title, foot
        self._plain, self._bold = _fonts(say.japanese)
        self._wrap = "CJK" if say.japanese else None

    def _style(
        self, size: float, *, bold: bool = False, colour: str = _INK, before: float = 0, **more: Any
    ) -> Any:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        return ParagraphStyle(
            f"s{size}{bold}{colour}{before}{more}",
            fontName=self._bold if bold else self._plain,
            fontSize=size,
            leading=size * 1.42,
            textColor=HexColor(colour),
            spaceBefore=before,
            spaceAfter=size * 0.25,
            wordWrap=self._wrap,
            **more,
        )

    def _paragraph(self, words: str, style: Any) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(_marked(words), style)

    def title(self, words: str) -> Any:
        """The largest heading."""
        return self._paragraph(words, self._style(19, bold=True, colour=_HEAD))

    def heading(self, words: str) -> Any:
        """A heading that stays with what follows it."""
        return self._paragraph(words, self._style(13, bold=True, colour=_HEAD, before=8, keepWithNext=1))

    def subheading(self, words: str) -> Any:
        """A small heading that stays with what follows it."""
        return self._paragraph(words, self._style(10.5, bold=True, before=4, keepWithNext=1))

    def text(self, words: str) -> Any:
        """A paragraph."""
        return self._paragraph(words, self._style(10))

    def strong(self, words: str) -> Any:
        """A paragraph that is to be seen first."""
        return self._paragraph(words, self._style(13, bold=True))

    def soft(self, words: str) -> Any:
        """A paragraph that steps back."""
        return self._paragraph(words, self._style(9.5, colour=_SOFT))

    def small(self, words: str) -> Any:
        """A small paragraph."""
        return self._paragraph(words, self._style(8, colour=_SOFT))

    def items(self, lines: Iterable[str]) -> Iterator[Any]:
        """Sentences as a list."""
        from reportlab.platypus import Paragraph

        style = self._style(10, leftIndent=11, bulletIndent=2)
        for line in lines:
            yield Paragraph(_marked(line), style, bulletText="\u2022")

    def box(self, title: str, lines: Sequence[str]) -> Any:
        """A frame for what must not be missed."""
        from reportlab.lib.colors import HexColor
        from reportlab.platypus import Table

        inside = [self._paragraph(title, self._style(11.5, bold=True, colour=_CARE))]
        inside += [self._paragraph(line, self._style(9.5)) for line in lines]
        return Table([[inside]], colWidths=["100%"], style=[("BOX", (0, 0), (-1, -1), 1.5, HexColor(_CARE))])

    def cards(self, rows: Sequence[tuple[Path | None, str, Sequence[str]]]) -> Any:
        """Exercises: still, title and a few lines each."""
        from reportlab.lib.colors import HexColor
        from reportlab.lib.units import mm
        from reportlab.platypus import Image, Table

        made = []
        for still, title, lines in rows:
            words = [self._paragraph(title, self._style(11, bold=True))]
            words += [self._paragraph(line, self._style(9.5)) for line in lines]
            width = _STILL_MM * mm
            picture: Any = "" if still is None else Image(str(still), width, width * _ratio(still))
            made.append([picture, words])
        pictures = any(still is not None for still, *_ in rows)
        first = (_STILL_MM + 4) * mm if pictures else 2 * mm
        style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(_LINE)), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        return Table(
            made,
            colWidths=[first, self._width() - first],
            style=[*style, ("LEFTPADDING", (0, 0), (0, -1), 0)],
            spaceAfter=6,
        )

    def pictures(self, files: Sequence[Path]) -> Iterator[Any]:
        """Pictures side by side, of one height."""
        from reportlab.lib.units import mm
        from reportlab.platypus import Image, Table

        height = _FILM_MM * mm
        shown = [Image(str(file), height / _ratio(file), height) for file in files[:_MOST_STILLS]]
        if shown:
            widths = [one.drawWidth + 4 * mm for one in shown]
            yield Table(
                [shown], colWidths=widths, hAlign="LEFT", style=[("LEFTPADDING", (0, 0), (-1, -1), 0)]
            )

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]
    ) -> Iterator[Any]:
        """A table; `shares` of the width in percent. Nothing without rows."""
        from reportlab.lib.colors import HexColor
        from reportlab.platypus import Table

        if not rows:
            return
        small, bold = self._style(8.5), self._style(8.5, bold=True)
        cells = [[self._paragraph(words, bold) for words in head]]
        cells += [[self._paragraph(words, small) for words in row] for row in rows]
        style = [
            ("LINEBELOW", (0, 0), (-1, 0), 1, HexColor(_INK)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, HexColor(_LINE)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
        widths = [self._width() * share / 100 for share in shares]
        yield Table(cells, colWidths=widths, style=style, repeatRows=1, spaceBefore=4, spaceAfter=8)

    def new_page(self) -> Any:
        """What follows begins a page."""
        from reportlab.platypus import PageBreak

        return PageBreak()

    def _width(self) -> float:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm

        return float(A4[0] - 2 * _MARGIN_MM * mm)

    def write(self, path: Path, story: Sequence[Any]) -> None:
        """Set everything, and write it whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.platypus import SimpleDocTemplate

        buffer = io.BytesIO()
        margin = _MARGIN_MM * mm
        document = SimpleDocTemplate(
            buffer,
            pagesize=A4,
            leftMargin=margin,
            rightMargin=margin,
            topMargin=0.8 * margin,
            bottomMargin=1.1 * margin,
            title=self._name,
            author="mitate",
            lang="ja-JP" if self._say.japanese else "en-GB",
            invariant=1,
        )

        def foot(canvas: Any, page: Any) -> None:
            canvas.saveState()
            canvas.setFont(self._plain, 7.5)
            canvas.drawString(margin, 0.55 * margin, self._foot)
            canvas.drawRightString(A4[0] - margin, 0.55 * margin, str(page.page))
            canvas.restoreState()

        document.build(list(story), onFirstPage=foot, onLaterPages=foot)
        write_bytes(path, buffer.getvalue())


def _marked(words: str) -> str:
    """Plain words as reportlab reads them; the Heisei fonts have no sign for a space that does not break."""
    return escape(words.replace("\u00a0", " ").replace("\u202f", " "))


def _ratio(file: Path) -> float:
    """Height over width of a picture."""
    from reportlab.lib.utils import ImageReader

    width, height = ImageReader(str(file)).getSize()
    return float(height / width)


def _fonts(japanese: bool) -> tuple[str, str]:
    """Names of the plain and the bold letters, made known to reportlab."""
    from reportlab.pdfbase import pdfmetrics

    if japanese:
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont

        for name in ("HeiseiMin-W3", "HeiseiKakuGo-W5"):
            pdfmetrics.registerFont(UnicodeCIDFont(name))
        return "HeiseiKakuGo-W5", "HeiseiKakuGo-W5"
    import matplotlib
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in ("DejaVuSans", "DejaVuSans-Bold"):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    return "DejaVuSans", "DejaVuSans-Bold"
