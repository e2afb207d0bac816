"""A small language for slices: `words > 300 and not mentions_female`. It is read, never executed as code.

Allowed: names of columns, numbers, texts, True and False, comparisons, `in`, `and`, `or`, `not`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from attacks.schema import SliceError

MOST_CHARACTERS = 500
MOST_LEVELS = 30

_ORDERINGS = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
_EQUALITIES = {ast.Eq: "eq", ast.NotEq: "ne"}
_ALLOWED = "columns, numbers, quoted texts, comparisons, in, and, or, not"


def check(query: str, columns: Iterable[str]) -> None:
    """Raise SliceError, in one line, where a query is not in the language or names an unknown column."""
    known = list(columns)
    for node in ast.walk(_parsed(query)):
        if isinstance(node, ast.Name) and node.id not in known:
            raise _unknown(node.id, known)


def columns(query: str) -> set[str]:
    """Return the columns that a query names; SliceError where it is not in the language."""
    return {node.id for node in ast.walk(_parsed(query)) if isinstance(node, ast.Name)}


def rows(query: str, frame: pd.DataFrame) -> pd.Series[bool]:
    """Return whether each row fits, a nullable boolean: missing where a missing value leaves it open.

    Raises:
        SliceError: the query is not in the language, names an unknown column, or compares what cannot be.
    """
    check(query, map(str, frame.columns))
    return _truth(_parsed(query), frame)


def _parsed(query: str) -> ast.expr:
    if not query.strip():
        raise SliceError("the query is empty; write one such as: words > 300 and not questions > 0")
    if len(query) > MOST_CHARACTERS:
        raise SliceError(f"the query has {len(query):,} characters; {MOST_CHARACTERS:,} at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "invalid escape sequence" and the like: Python's, not a user's
            tree = ast.parse(query.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = error.msg if isinstance(error, SyntaxError) else error
        raise SliceError(f"the query {_shown(query)} cannot be read ({problem}); {_rule()}") from None
    _check_form(tree, query, MOST_LEVELS)
    return tree


def _check_form(node: ast.expr, query: str, levels: int) -> None:
    """Refuse every kind of expression that is not listed here, anywhere in the query."""
    if levels == 0:
        raise SliceError(f"the query is nested more than {MOST_LEVELS} levels deep; simplify it")
    for part in _parts(node, query):
        _check_form(part, query, levels - 1)


def _parts(node: ast.expr, query: str) -> Sequence[ast.expr]:
    match node:
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.Compare(left=left, comparators=others, ops=ops):
            return _compared(left, ops, others, query)
        case ast.Name():
            return []
    raise _refused(node, query)


def _compared(
    left: ast.expr, ops: Sequence[ast.cmpop], others: Sequence[ast.expr], query: str
) -> Sequence[ast.expr]:
    sides = [left, *others]
    for place, op in enumerate(ops):
        first, second = sides[place : place + 2]
        listed = isinstance(op, ast.In | ast.NotIn)
        if listed and not (isinstance(second, ast.Tuple | ast.List) and second.elts):
            raise SliceError(
                f"the query {_shown(query)} has `in` without a list; write it as: language in ('de', 'fr')"
            )
        if not listed and type(op) not in _ORDERINGS | _EQUALITIES:
            raise _refused(op, query)
        values = [second] if not listed else list(getattr(second, "elts", []))
        for side in (first, *values):
            if not isinstance(side, ast.Name):
                _literal(side, query)
        if not isinstance(first, ast.Name) and (listed or not isinstance(second, ast.Name)):
            raise SliceError(f"the query {_shown(query)} compares no column; {_rule()}")
    return []


def _literal(node: ast.expr, query: str) -> Any:
    """Return a number, a text, True or False."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bool):
            raise _refused(node, query)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float | str):
        raise _refused(node, query)
    if isinstance(node.value, str | bool):
        return node.value
    try:
        return sign * float(node.value)
    except OverflowError:
        raise SliceError(f"the query {_shown(query)} has a number that is too large") from None


def _truth(node: ast.expr, frame: pd.DataFrame) -> pd.Series[bool]:
    match node:
        case ast.BoolOp(op=op, values=values):
            found = _truth(values[0], frame)
            for value in values[1:]:
                other = _truth(value, frame)
                found = found & other if isinstance(op, ast.And) else found | other
            return found
        case ast.UnaryOp(operand=operand):
            return ~_truth(operand, frame)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [left, *others]
            found = pd.Series(True, index=frame.index, dtype="boolean")
            for place, sign in enumerate(ops):
                found = found & _comparison(sides[place], sign, sides[place + 1], frame)
            return found
    name = _name(node)
    if not pd.api.types.is_bool_dtype(frame[name]):
        raise SliceError(f"column '{name}' is not yes/no; compare it, as in {_example(name, frame[name])}")
    return frame[name].astype("boolean")


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, frame: pd.DataFrame) -> pd.Series[bool]:
    if isinstance(op, ast.In | ast.NotIn):
        found = pd.Series(False, index=frame.index, dtype="boolean")
        for element in getattr(right, "elts", []):
            found = found | _compare(left, "eq", element, frame)
        return found if isinstance(op, ast.In) else ~found
    if isinstance(left, ast.Name):
        return _compare(left, (_ORDERINGS | _EQUALITIES)[type(op)], right, frame)
    turned = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
    return _compare(right, turned[(_ORDERINGS | _EQUALITIES)[type(op)]], left, frame)


def _compare(column: ast.expr, method: str, other: ast.expr, frame: pd.DataFrame) -> pd.Series[bool]:
    """Return column (<, ==, ...) other; missing where either is."""
    name = _name(column)
    values = _comparable(frame[name])
    if isinstance(other, ast.Name):
        value: Any = _comparable(frame[other.id])
        kinds = values.dtype, value.dtype
        fits = kinds[0] == kinds[1]
    else:
        value = _literal(other, name)
        fits = isinstance(value, {"Float64": float, "boolean": bool}.get(str(values.dtype), str))
    ordered = method in ("eq", "ne") or str(values.dtype) == "Float64"
    if not fits or not ordered:
        raise SliceError(
            f"column '{name}' {_kind(values)} and cannot be compared so; write it as in "
            f"{_example(name, frame[name])}"
        )
    found = getattr(values, method)(value).astype("boolean")
    missing = values.isna() | (value.isna() if isinstance(value, pd.Series) else False)
    answer: pd.Series[bool] = found.mask(missing)
    return answer


def _comparable(values: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(values):
        return values.astype("boolean")
    return values.astype("Float64" if pd.api.types.is_numeric_dtype(values) else "string")


def _name(node: ast.expr) -> str:
    assert isinstance(node, ast.Name)  # _check_form let nothing else through
    return node.id


def _kind(values: pd.Series[Any]) -> str:
    return {"Float64": "is a number", "boolean": "is a yes/no"}.get(str(values.dtype), "holds texts")


def _example(name: str, values: pd.Series[Any]) -> str:
    if pd.api.types.is_bool_dtype(values):
        return f"{name}, or: not {name}"
    if pd.api.types.is_numeric_dtype(values):
        known = values.dropna()
        return f"{name} > {known.median():g}" if len(known) else f"{name} > 1"
    frequent = values.dropna().value_counts().index
    return f"{name} == {str(frequent[0]) if len(frequent) else 'word'!r}"


def _unknown(name: str, known: Sequence[str]) -> SliceError:
    return SliceError(f"column '{name}' is not known; known: {', '.join(known)}")


def _refused(node: ast.AST, query: str) -> SliceError:
    what = {
        "Call": "a call",
        "Attribute": "an attribute (a dot)",
        "NamedExpr": "an assignment",
        "Subscript": "square brackets",
        "Lambda": "a function",
        "BinOp": "arithmetic",
        "Constant": "a value alone",
        "Is": "`is`",
        "IsNot": "`is`",
    }.get(type(node).__name__, "something")
    return SliceError(f"the query {_shown(query)} has {what} that is not allowed; {_rule()}")


def _rule() -> str:
    return f"allowed: {_ALLOWED}"


def _shown(query: str) -> str:
    return repr(query if len(query) <= 80 else f"{query[:77]}...")
