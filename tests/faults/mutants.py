"""Small wrongs in the SQL of a model and in the terms of the gate, as somebody could commit them.

What is changed and where, and how it is drawn from a seed; whether anybody notices, judges.py says. SQL is changed as
dbt compiled it, in sqlglot's tree: there is no Jinja in it any more. What a macro writes into many models is then wrong
in one of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp, parse_one

from data_checks.check import Check, Judged, Measured
from tests.support.compiled_sql import Node

LAYERS = ("staging", "intermediate", "metrics", "main")
# Their rows are written by pipelines/release; the models only say which columns there are.
EMPTY_MODELS = frozenset({"check_results", "release_info", "data_dictionary"})

_TIME = re.compile(r"(_on|_at|_start|_end|_from|_to|^as_of)$")
_COMPARISONS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.Between)
_OTHER: dict[str, dict[type[exp.Expression], type[exp.Expression]]] = {
    "boundary": {exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE, exp.GTE: exp.GT},
    "equality": {exp.EQ: exp.NEQ, exp.NEQ: exp.EQ},
    "sign": {exp.Add: exp.Sub, exp.Sub: exp.Add, exp.Mul: exp.Div, exp.Div: exp.Mul},
    "connector": {exp.And: exp.Or, exp.Or: exp.And},
    "aggregate": {
        exp.Sum: exp.Max,
        exp.Avg: exp.Max,
        exp.Min: exp.Max,
        exp.Max: exp.Min,
        exp.ArgMax: exp.ArgMin,
        exp.ArgMin: exp.ArgMax,
        exp.LogicalOr: exp.LogicalAnd,
        exp.LogicalAnd: exp.LogicalOr,
        exp.Lag: exp.Lead,
        exp.Lead: exp.Lag,
        exp.Greatest: exp.Least,
        exp.Least: exp.Greatest,
    },
}


@dataclass(frozen=True)
class Mutant:
    """A model with one thing changed in its SQL: by which rule, what stood there and what stands there now.

    `column` is the one that is made there, as far as there is one.
    """

    model: str
    rule: str
    before: str
    after: str
    column: str
    sql: str

    def __str__(self) -> str:
        return f"{self.model}, {self.rule}: {_short(self.before)} → {_short(self.after)}"


@dataclass(frozen=True)
class Softened:
    """The checks of the gate with one of them changed, or gone."""

    check_id: str
    rule: str
    checks: tuple[Check, ...]

    def __str__(self) -> str:
        return f"gate, {self.rule}: {self.check_id}"


def drawn(nodes: Mapping[str, Node], seed: int) -> Iterator[Mutant]:
    """Different mutants without end, one of each layer in turn: a model, a rule that it offers, a place. The same for
    the same seed.
    """
    chance, seen = random.Random(seed), set[str]()
    while True:
        for layer in LAYERS:
            mutant = _draw(nodes[chance.choice(_models(nodes, layer))], chance)
            if mutant and mutant.sql not in seen:
                seen.add(mutant.sql)
                yield mutant


def softened(checks: Sequence[Check], seed: int) -> Iterator[Softened]:
    """Gates without end in which one check asks for less, or is gone. The same for the same seed."""
    chance = random.Random(seed)
    while True:
        check = chance.choice(checks)
        rule, softer = chance.choice(_softer(check))
        others = tuple(one for one in checks if one.id != check.id)
        yield Softened(check.id, rule, (*others, softer) if softer else others)


def mutated(model: str, sql: str, rule: str, place: int, way: int = 0) -> Mutant:
    """The model with the node number `place` of its tree changed by the rule in one of its ways."""
    tree = parse_one(sql, read="duckdb")
    node = list(tree.walk())[place]
    changed = RULES[rule](node)[way]
    # A number or a column says nothing without what stands around it.
    around = node.parent if isinstance(node, exp.Literal | exp.Column) else None
    before = (around or node).sql("duckdb", comments=False)
    column = named.alias if (named := node.find_ancestor(exp.Alias)) else ""
    if node is tree:  # It has no parent in which it could be replaced.
        tree = changed
    node.replace(changed)
    after = (around or changed).sql("duckdb", comments=False)
    return Mutant(model, rule, before, after, column, tree.sql("duckdb"))


def places(sql: str) -> dict[str, list[tuple[int, int]]]:
    """By rule, where it can be applied: numbers of nodes and of ways."""
    nodes = list(parse_one(sql, read="duckdb").walk())
    found = {
        rule: [(place, way) for place, node in enumerate(nodes) for way in range(len(ways(node)))]
        for rule, ways in RULES.items()
    }
    return {rule: where for rule, where in found.items() if where}


def _draw(node: Node, chance: random.Random) -> Mutant | None:
    """None where nothing in the model can be changed."""
    offered = places(node.sql)
    if not offered:
        return None
    rule = chance.choice(sorted(offered))
    return mutated(node.name, node.sql, rule, *chance.choice(offered[rule]))


def _models(nodes: Mapping[str, Node], layer: str) -> list[str]:
    models = (node for node in nodes.values() if node.kind == "model" and node.name not in EMPTY_MODELS)
    return sorted(node.name for node in models if node.relation.split(".")[1] == layer)


def _other(rule: str) -> Callable[[exp.Expression], list[exp.Expression]]:
    """The same operands under another operator or function."""

    def ways(node: exp.Expression) -> list[exp.Expression]:
        kind = _OTHER[rule].get(type(node))
        return [kind(**node.copy().args)] if kind else []

    return ways


def _no_condition(node: exp.Expression) -> list[exp.Expression]:
    return [type(node)(this=exp.true())] if isinstance(node, exp.Where | exp.Having | exp.Qualify) else []


def _half_a_condition(node: exp.Expression) -> list[exp.Expression]:
    return [node.left.copy(), node.right.copy()] if isinstance(node, exp.And | exp.Or) else []


def _other_join(node: exp.Expression) -> list[exp.Expression]:
    """Left, right and full joins lose rows as inner ones; inner ones keep rows as left ones."""
    if not isinstance(node, exp.Join) or not (node.args.get("on") or node.args.get("using")):
        return []
    changed = node.copy()
    changed.set("side", None if node.side else "LEFT")
    changed.set("kind", "INNER" if node.side else None)
    return [changed]


def _other_day(node: exp.Expression) -> list[exp.Expression]:
    """A day later and a day earlier where days or moments are compared."""
    if not (isinstance(node, exp.Column) and isinstance(node.parent, _COMPARISONS) and _TIME.search(node.name)):
        return []
    day = exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))
    return [exp.paren(kind(this=node.copy(), expression=day.copy())) for kind in (exp.Add, exp.Sub)]


def _other_number(node: exp.Expression) -> list[exp.Expression]:
    """One more and one less of whole numbers, days and months of intervals included."""
    is_number = isinstance(node, exp.Literal) and (not node.is_string or isinstance(node.parent, exp.Interval))
    if not is_number or not node.name.isdigit() or isinstance(node.parent, exp.DataTypeParam) or _is_counted(node):
        return []
    others = [str(int(node.name) + 1), *([str(int(node.name) - 1)] if int(node.name) else [])]
    return [exp.Literal(this=other, is_string=node.is_string) for other in others]


def _is_counted(node: exp.Expression) -> bool:
    """Of count(case when … then 1 end), where any number would do."""
    case = node.find_ancestor(exp.Case) if isinstance(node.parent, exp.If) else None
    return case is not None and isinstance(case.parent, exp.Count)


def _is_or_is_not(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Not):
        return [node.this.copy()]
    return [exp.not_(node.copy())] if isinstance(node, exp.Is | exp.In) and not isinstance(node.parent, exp.Not) else []


def _no_default(node: exp.Expression) -> list[exp.Expression]:
    return [node.this.copy()] if isinstance(node, exp.Coalesce) else []


def _other_order(node: exp.Expression) -> list[exp.Expression]:
    if not isinstance(node, exp.Ordered):
        return []
    return [exp.Ordered(this=node.this.copy(), desc=not node.args.get("desc"), nulls_first=node.args["nulls_first"])]


def _one_case_less(node: exp.Expression) -> list[exp.Expression]:
    if not isinstance(node, exp.Case):
        return []
    changed = node.copy()
    changed.set("ifs", changed.args["ifs"][1:])
    return [changed if changed.args["ifs"] else changed.args.get("default") or exp.null()]


def _doubles(node: exp.Expression) -> list[exp.Expression]:
    """Rows that were to count once count as often as they are there. The other way round changes nothing where rows
    have a key, which tests of the models ask for."""
    if isinstance(node, exp.Union) and node.args.get("distinct"):
        changed = node.copy()
        changed.set("distinct", False)
        return [changed]
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        return [exp.Count(this=node.this.expressions[0].copy())] if len(node.this.expressions) == 1 else []
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        changed = node.copy()
        changed.set("distinct", None)
        return [changed]
    return []


def _wider_window(node: exp.Expression) -> list[exp.Expression]:
    """One thing less to partition by."""
    keys = node.args.get("partition_by") or [] if isinstance(node, exp.Window) else []
    ways = []
    for gone in range(len(keys)):
        changed = node.copy()
        changed.set("partition_by", [key.copy() for at, key in enumerate(keys) if at != gone])
        ways.append(changed)
    return ways


def _unrounded(node: exp.Expression) -> list[exp.Expression]:
    return [node.this.copy()] if isinstance(node, exp.Round | exp.Abs | exp.Neg | exp.Nullif) else []


RULES: dict[str, Callable[[exp.Expression], list[exp.Expression]]] = {
    **{rule: _other(rule) for rule in _OTHER},
    "no condition": _no_condition,
    "half a condition": _half_a_condition,
    "join": _other_join,
    "a day": _other_day,
    "a number": _other_number,
    "is or is not": _is_or_is_not,
    "no default": _no_default,
    "order": _other_order,
    "a case less": _one_case_less,
    "doubles": _doubles,
    "wider window": _wider_window,
    "bare": _unrounded,
}


def _softer(check: Check) -> list[tuple[str, Check | None]]:
    """What can be made softer of a check, and the check then; None when it is gone."""
    ways: list[tuple[str, Check | None]] = [("removed", None)]
    ways += [("waits for more", replace(check, needs=(*check.needs, "variable_pay")))]
    if check.severity == "critical":
        ways.append(("lowered", replace(check, severity="warning")))
    if isinstance(check, Measured):
        ways += [(f"widened {side}", replace(check, **{side: limit})) for side, limit in _wider(check.low, check.high)]
    if isinstance(check, Judged):
        ways += [("widened", replace(check, arguments=wider)) for wider in _wider_arguments(check.arguments)]
    return ways


def _wider(low: float | None, high: float | None) -> list[tuple[str, float]]:
    """Limits a tenth further out, or a little where they are 0."""
    ways = []
    if low is not None:
        ways.append(("low", low - (abs(low) / 10 or 0.01)))
    if high is not None:
        ways.append(("high", high + (abs(high) / 10 or 0.01)))
    return ways


def _wider_arguments(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = {"low": "min_value", "high": "max_value"}
    limits = _wider(arguments.get("min_value"), arguments.get("max_value"))
    ways: list[dict[str, Any]] = [{**arguments, names[side]: limit} for side, limit in limits]
    if "value_set" in arguments:
        ways.append({**arguments, "value_set": [*arguments["value_set"], "other"]})
    return ways


def _short(sql: str, most: int = 100) -> str:
    return sql if len(sql) <= most else f"{sql[: most // 2]} … {sql[-most // 2 :]}"
