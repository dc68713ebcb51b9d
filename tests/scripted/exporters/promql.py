"""PromQL expressions taken apart by a parser of PromQL, and held against what a scrape has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import promql_parser as promql

__all__ = ["check", "check_labels", "check_variable", "interpolated", "labels_of", "metrics_of"]

Exported = Mapping[str, set[str]]
"""Names of samples with their labels."""

OF_PROMETHEUS = {"job", "instance"}
"""Labels that each sample has when it was scraped."""
RATES = {"rate", "irate", "increase"}


def interpolated(expression: str, variables: Mapping[str, str]) -> str:
    """The expression as Grafana sends it: variables replaced, several values and "All" being a regular expression."""
    known = {"__rate_interval": "1m0s", "__interval": "15s", "__range": "1h", **variables}

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        assert name in known, f"${name} is no variable of the dashboard: {expression}"
        return known[name]

    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", value, expression)


def check(expression: str, exported: Exported) -> None:
    """Raises where it is no PromQL, or asks for what is not exported or not in a form that makes sense."""
    _check(promql.parse(expression), exported, None)


def metrics_of(expression: str) -> set[str]:
    """Names of the metrics in it."""
    return {selector.name for selector in _selectors(promql.parse(expression))}


def labels_of(expression: str, exported: Exported) -> set[str]:
    """Labels that its results have."""
    return _labels(promql.parse(expression), exported)


def check_labels(template: str, expression: str, exported: Exported) -> None:
    """Each `$labels.x` of an annotation is a label of what its rule finds."""
    asked = set(re.findall(r"\$labels\.(\w+)", template))
    has = labels_of(expression, exported)
    assert asked <= has, f"{asked - has} of {template!r} is no label of {expression}"


def check_variable(query: str, exported: Exported) -> None:
    """A query of a dashboard's variable: `label_values(metric, label)`."""
    found = re.fullmatch(r"label_values\((.+),\s*(\w+)\)", query)
    assert found, f"no query of label values: {query}"
    check(found[1], exported)
    assert found[2] in labels_of(found[1], exported), query


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, promql.BinaryExpr):
        return (node.lhs, node.rhs)
    if isinstance(node, promql.Call):
        return node.args
    if isinstance(node, promql.AggregateExpr | promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return (node.expr,)
    return ()


def _selector(node: Any) -> Any:
    if isinstance(node, promql.MatrixSelector):
        return node.vector_selector
    return node if isinstance(node, promql.VectorSelector) else None


def _selectors(node: Any) -> Iterable[Any]:
    selector = _selector(node)
    if selector is not None:
        yield selector
    for child in _children(node):
        yield from _selectors(child)


def _check(node: Any, exported: Exported, inside: str | None) -> None:
    """`inside` is the function that the node is given to."""
    selector = _selector(node)
    if selector is not None:
        name = selector.name
        assert name in exported, f"{name} is not exported"
        has = exported[name] | OF_PROMETHEUS
        asked = {matcher.name for matcher in selector.matchers.matchers}
        assert asked <= has, f"{asked - has} is no label of {name}"
        counts = name.endswith(("_total", "_bucket", "_count", "_sum"))
        assert counts == (inside in RATES), f"{name} is {'a counter' if counts else 'no counter'}: {node}"
    if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
        asked, has = set(node.modifier.labels), _labels(node.expr, exported)
        assert asked <= has, f"{asked - has} is no label of {node.expr}"
    if isinstance(node, promql.BinaryExpr) and _is_set(node):
        left, right = (_labels(each, exported) for each in (node.lhs, node.rhs))
        assert left == right or _says_how(node), f"nothing can match in {node}: {left ^ right}"
    if isinstance(node, promql.Call) and node.func.name == "histogram_quantile":
        assert "le" in _labels(node.args[1], exported), f"no le in {node}"
    called = node.func.name if isinstance(node, promql.Call) else None
    for child in _children(node):
        _check(child, exported, called)


def _is_set(node: Any) -> bool:
    """Whether it joins two vectors by their labels."""
    return all(any(True for _ in _selectors(each)) for each in (node.lhs, node.rhs)) and str(node.op) != "or"


def _says_how(node: Any) -> bool:
    """Whether it has `on` or `ignoring`."""
    return node.modifier is not None and node.modifier.matching is not None


def _labels(node: Any, exported: Exported) -> set[str]:
    selector = _selector(node)
    if selector is not None:
        assert selector.name in exported, f"{selector.name} is not exported"
        return exported[selector.name] | OF_PROMETHEUS
    if isinstance(node, promql.AggregateExpr):
        if node.modifier is None:
            return set()
        named = set(node.modifier.labels)
        by = node.modifier.type == promql.AggModifierType.By
        return named if by else _labels(node.expr, exported) - named
    if isinstance(node, promql.BinaryExpr):
        sides = [
            _labels(each, exported) for each in (node.lhs, node.rhs) if any(True for _ in _selectors(each))
        ]
        # Either side of "or" may be what is found.
        return set.intersection(*sides) if str(node.op) == "or" else sides[0] if sides else set()
    found = set.union(set(), *(_labels(child, exported) for child in _children(node)))
    return (
        found - {"le"} if isinstance(node, promql.Call) and node.func.name == "histogram_quantile" else found
    )
