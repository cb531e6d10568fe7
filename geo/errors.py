"""What can be wrong with what a person handed us.

The tree is small on purpose: a caller distinguishes *where to look* (a file, a
table, a shape, the streets, the question), never a hundred causes::

    InputError(ValueError)
    ├── FileError        the file is missing, broken, or not what its name says
    ├── TableError       a column is missing, an id stands twice, a value is impossible
    ├── GeographyError   no coordinate system, a broken shape, nothing where it should be
    ├── NetworkError     the streets cannot carry a walk
    ├── PlaceError       a place folder or its place.toml is incomplete
    ├── QuestionError    the planner's question contradicts itself
    └── SitingError      a siting question has no answer as it was put

An error carries a phrase key and the values of the sentence; doors and papers
render it in the reader's language with `geo.phrases.sentence`. `str(error)` is
the English sentence, for logs and for Python callers.
"""

from __future__ import annotations

from typing import Any


class InputError(ValueError):
    """Something handed in is wrong; the sentence says what, where and what to do.

    Parameters
    ----------
    key
        Key of the sentence in the phrase table (``data/phrases``), such as
        ``"error.file_missing"``.
    **values
        What the sentence names: file, sheet, row, column, counts.
    """

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        from geo.phrases import phrase  # noqa: PLC0415  (phrases raises these errors)

        return phrase(self.key, "en", **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        # The siting solver runs in a process of its own and sends its errors back.
        return (_revive, (type(self), self.key, self.values))


def _revive(kind: type[InputError], key: str, values: dict[str, Any]) -> InputError:
    return kind(key, **values)


class FileError(InputError):
    """The file is missing, broken, too large, or not what its name says."""


class TableError(InputError):
    """A column is missing, an id stands twice, or a value is impossible."""


class GeographyError(InputError):
    """No coordinate system, a broken shape, or nothing where something should be."""


class NetworkError(InputError):
    """The streets cannot carry a walk."""


class PlaceError(InputError):
    """A place folder or its ``place.toml`` is incomplete."""


class QuestionError(InputError):
    """The planner's question contradicts itself or leaves its bounds."""


class SitingError(InputError):
    """A siting question has no answer as it was put."""
