"""Typesets a page with typst: a template of ours, texts that are never read as markup, PDF/A-3b with our fonts only."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from pathlib import Path

import typst

from web.fonts import font_folder


class Template:
    """One template file in a folder of its own; `pdf` is safe from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = threading.local()

    def pdf(self, face: Mapping[str, object], timestamp: int) -> bytes:
        """Return the page for `face`, which the template finds as JSON in `sys.inputs.face`; the same bytes for the same input.

        Raises typst.TypstError.
        """
        inputs = {"face": json.dumps(face, ensure_ascii=False)}
        page = self._compiler().compile(format="pdf", sys_inputs=inputs, pdf_standards="a-3b", timestamp=timestamp)
        assert isinstance(page, bytes)  # PDF comes in one piece; other formats come page by page
        return page

    def _compiler(self) -> typst.Compiler:
        """One a thread: a typst Compiler used by two threads at once answers "Already borrowed"."""
        compiler: typst.Compiler | None = getattr(self._thread, "compiler", None)
        if compiler is None:
            # The root holds templates alone, so a path in a field would find nothing even if it were ever read.
            folder = str(self._file.parent)
            compiler = typst.Compiler(
                str(self._file), root=folder, font_paths=_fonts(), package_path=folder, package_cache_path=folder
            )
            self._thread.compiler = compiler
        return compiler


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(font_folder())])
