"""The template workbook: a register that loads without any question.

Chinese headings, one sheet of explanations, drop-downs for every column with
fixed values, codes and dates as text so that no spreadsheet destroys them.
"""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from geo.check_workbook import SAFE
from geo.columns import field_words
from geo.phrases import Language, phrase
from geo.tables import DELIVERIES, FILING_STATUSES, LEGAL_FORMS, LEVELS, PROVIDER_TYPES, STATES
from geo.taxonomy import Taxonomy, read_taxonomy

LAST_ROW = 5_000
# In the order of the sheet; the first ones are needed, the others help.
FIELDS = (
    "name",
    "level",
    "state",
    "code",
    "filing_number",
    "filing_status",
    "legal_form",
    "provider_type",
    "category",
    "scope",
    "delivery",
    "subdistrict",
    "community",
    "address",
    "service_address",
    "serves",
    "lon",
    "lat",
    "capacity",
    "registered_on",
    "filed_on",
    "last_activity",
)
NEEDED = ("name", "level", "state")
POINT_FIELDS = (
    "name",
    "code",
    "point_name",
    "service_address",
    "subdistrict",
    "community",
    "lon",
    "lat",
    "delivery",
    "capacity",
)
CHOICES = {
    "level": LEVELS,
    "state": STATES,
    "filing_status": tuple(one for one in FILING_STATUSES if one),
    "legal_form": tuple(one for one in LEGAL_FORMS if one),
    "provider_type": PROVIDER_TYPES,
    "delivery": DELIVERIES,
}


def template_workbook(language: Language, *, taxonomy: Taxonomy | None = None) -> bytes:
    """Return the template workbook.

    Parameters
    ----------
    language
        Of headings and explanations; the values of drop-downs are the canonical
        Chinese ones in either.
    taxonomy
        Categories offered; the shipped ones when left out.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, SAFE)
    categories = [f"{one.code} {one.name(language)}" for one in taxonomy or read_taxonomy()]
    choices = book.add_worksheet(phrase("template.sheet_choices", language))
    lists = _write_choices(choices, {**CHOICES, "category": tuple(categories)}, language)
    for sheet, fields in (
        (phrase("template.sheet_register", language), FIELDS),
        (phrase("template.sheet_points", language), POINT_FIELDS),
    ):
        _write_sheet(book, sheet, fields, lists, language)
    _write_explanations(book, language)
    choices.hide()
    book.get_worksheet_by_name(phrase("template.sheet_register", language)).set_first_sheet()
    book.get_worksheet_by_name(phrase("template.sheet_register", language)).activate()
    book.close()
    return buffer.getvalue()


def _write_choices(
    page: Any, choices: dict[str, tuple[str, ...]], language: Language
) -> dict[str, str]:
    """Write the values of the drop-downs; return the range of each."""
    sheet = phrase("template.sheet_choices", language)
    ranges = {}
    for column, (field, values) in enumerate(choices.items()):
        page.write_string(0, column, getattr(field_words("register", field), language))
        for row, value in enumerate(values, start=1):
            page.write_string(row, column, value)
        letter = chr(ord("A") + column)
        ranges[field] = f"='{sheet}'!${letter}$2:${letter}${len(values) + 1}"
    return ranges


def _write_sheet(
    book: Any, sheet: str, fields: tuple[str, ...], lists: dict[str, str], language: Language
) -> None:
    page = book.add_worksheet(sheet)
    needed = book.add_format({"bold": True, "bg_color": "#2f7f86", "font_color": "#ffffff"})
    helpful = book.add_format({"bold": True, "bg_color": "#e6e6e6"})
    text = book.add_format({"num_format": "@"})
    for column, field in enumerate(fields):
        words = getattr(field_words("register", field), language)
        page.write_string(0, column, words, needed if field in NEEDED else helpful)
        page.write_comment(0, column, phrase(f"template.{field}", language))
        page.set_column(column, column, 28 if field in ("name", "scope", "address") else 16, text)
        if field in lists:
            page.data_validation(
                1, column, LAST_ROW, column, {"validate": "list", "source": lists[field]}
            )
    page.freeze_panes(1, 1)


def _write_explanations(book: Any, language: Language) -> None:
    page = book.add_worksheet(phrase("template.sheet_explanations", language))
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 90)
    page.write_string(0, 0, phrase("template.intro", language), bold)
    for row, field in enumerate(dict.fromkeys((*FIELDS, *POINT_FIELDS)), start=2):
        page.write_string(row, 0, getattr(field_words("register", field), language), bold)
        page.write_string(row, 1, phrase(f"template.{field}", language), wrap)
