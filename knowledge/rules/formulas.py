"""Arithmetic of metric rules: numbers, names, `+ - * / %`, comparisons, `math.…`; nothing else.

The grammar is the part of Tengo that formulas use, which Python reads alike; the tree is checked
node by node before anything is worked out, and powers of anything but small numbers are refused.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast


class FormulaError(ValueError):
    """The formula cannot be read or worked out."""


_TWO: Mapping[type[ast.operator], Callable[[float, float], float]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.Mod: operator.mod,
    }
)
_COMPARED: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = MappingProxyType(
    {
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)
_MATH = ("sqrt", "log", "log2", "log10", "exp", "pow", "floor", "ceil", "cbrt", "fabs")
_ALIASES = MappingProxyType({"abs": math.fabs, "max": max, "min": min, "round": round})
_LONGEST = 2_000


def read(formula: str) -> ast.expr:
    """The tree of a formula.

    Raises:
        FormulaError: It is not one, or uses more than arithmetic.

    """
    text = re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", formula)).strip()
    if not text or len(text) > _LONGEST:
        raise FormulaError("the formula is empty or too long")
    text = text.replace("&&", " and ").replace("||", " or ")
    try:
        tree = ast.parse(text, mode="eval").body
        _checked(tree)
    except (SyntaxError, RecursionError, MemoryError) as error:
        message = f"{text[:80]!r} is no formula"
        raise FormulaError(message) from error
    return tree


def _checked(node: ast.expr) -> None:
    for part in ast.walk(node):
        known = isinstance(
            part,
            ast.expr_context | ast.operator | ast.unaryop | ast.boolop | ast.cmpop | ast.BinOp
            | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.Call | ast.Name | ast.Constant
            | ast.Attribute,
        )  # fmt: skip
        text = isinstance(part, ast.Constant) and not isinstance(part.value, int | float)
        if not known or text:
            message = f"{type(part).__name__} is not arithmetic"
            raise FormulaError(message)


def worked_out(node: ast.expr, names: Mapping[str, float]) -> float:
    """The value of a formula with these names; true is 1.

    Raises:
        FormulaError: A name or function is not known, or there is no such number.

    """
    try:
        return float(_value(node, names))
    except ZeroDivisionError:
        return math.nan
    except (ValueError, OverflowError, TypeError) as error:
        raise FormulaError(str(error)) from error


def _value(  # noqa: PLR0911 - one for each kind of node
    node: ast.expr, names: Mapping[str, float]
) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            if name not in names:
                message = f"{name} is not known here; there are {', '.join(sorted(names))}"
                raise FormulaError(message)
            return names[name]
        case ast.BinOp(left, sign, right) if type(sign) in _TWO:
            return _TWO[type(sign)](_value(left, names), _value(right, names))
        case ast.UnaryOp(ast.USub(), body):
            return -_value(body, names)
        case ast.UnaryOp(ast.UAdd(), body):
            return _value(body, names)
        case ast.BoolOp(sign, values):
            truths = (bool(_value(value, names)) for value in values)
            return float(all(truths) if isinstance(sign, ast.And) else any(truths))
        case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARED:
            return _COMPARED[type(sign)](_value(left, names), _value(right, names))
        case ast.Call(ast.Attribute(ast.Name("math"), name), arguments, []):
            return _call(name, [_value(argument, names) for argument in arguments])
    message = f"{ast.unparse(node)[:80]} is not arithmetic"
    raise FormulaError(message)


def _call(name: str, arguments: list[float]) -> float:
    known = getattr(math, name) if name in _MATH else _ALIASES.get(name)
    function = cast("Callable[..., float] | None", known)
    if function is None:
        message = f"math.{name} is not known"
        raise FormulaError(message)
    return float(function(*arguments))
