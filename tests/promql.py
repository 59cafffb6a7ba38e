"""Expressions of PromQL, as dashboard and alerts have them: where they stand, and which series they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from tests.documents import ROOT

DASHBOARD = ROOT / "docs" / "examples" / "grafana" / "quorumha.json"
ALERTS = ROOT / "docs" / "examples" / "prometheus" / "alerts.yml"
#: What Grafana puts in for its variables.
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$job": ".+", "$instance": ".+"}

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<range>\[[^\]]*\])|(?P<name>[a-zA-Z_:][\w:]*)
    |(?P<number>\d[\w.]*)|(?P<comparison>==|!=|<=|>=|<(?!=)|>(?!=))|(?P<other>[^\s])|(?P<space>\s+)""",
    re.VERBOSE,
)
#: Words that are no names of metrics: keywords; a name before a parenthesis is a function.
_WORDS = {"and", "or", "unless", "on", "ignoring", "by", "without", "bool", "group_left", "group_right"}
#: These have a list of labels behind them.
_WITH_LABELS = {"on", "ignoring", "by", "without", "group_left", "group_right"}


@frozen
class Expression:
    """One expression, and where it stands."""

    place: str
    text: str


@frozen
class Selector:
    """Series that an expression names.

    @ivar matchers: names of labels.
    @ivar text: as it stands there, without a range.
    """

    metric: str
    matchers: tuple[str, ...]
    text: str


def of_alerts() -> list[Expression]:
    """Of each alert, by its name."""
    text = ALERTS.read_text(encoding="utf-8")
    found = re.findall(r"- alert: (\w+)\n\s+expr: (.+)\n", text)
    return [Expression(name, expression) for name, expression in found]


def of_dashboard() -> list[Expression]:
    """Of each panel, and of each variable what it asks for; with Grafana's variables put in."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    found = [
        Expression(panel["title"], target["expr"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    for variable in dashboard["templating"]["list"]:
        if asked := re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", "")):
            found.append(Expression(variable["name"], f"count by ({asked[2]}) ({asked[1]})"))
    return [Expression(one.place, _filled_in(one.text)) for one in found]


def _filled_in(text: str) -> str:
    for variable, value in VARIABLES.items():
        text = text.replace(variable, value)
    return text


def _tokens(text: str) -> list[tuple[str, str]]:
    return [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(text)]


def selectors(text: str) -> Iterator[Selector]:
    """The series that an expression names, in their order."""
    tokens = [token for token in _tokens(text) if token[0] != "space"]
    index = 0
    while index < len(tokens):
        kind, word = tokens[index]
        following = tokens[index + 1][1] if index + 1 < len(tokens) else ""
        index += 1
        if kind != "name":
            continue
        if word in _WITH_LABELS:
            index = next(at for at in range(index, len(tokens)) if tokens[at][1] == ")") + 1
        elif word not in _WORDS and following not in ("(", "by", "without"):
            inner: list[tuple[str, str]] = []
            if following == "{":
                end = next(at for at in range(index, len(tokens)) if tokens[at][1] == "}")
                inner, index = tokens[index + 1 : end], end + 1
            matchers = tuple(label for kind, label in inner if kind == "name")
            braces = "{" + "".join(token for _, token in inner) + "}" if inner else ""
            yield Selector(word, matchers, word + braces)


def labels_asked(text: str) -> set[str]:
    """The labels that stand behind C{by}, C{on} and their like."""
    tokens = [token for token in _tokens(text) if token[0] != "space"]
    found, inside = set(), False
    for (_, before), (kind, word) in pairwise(tokens):
        if before in _WITH_LABELS and word == "(":
            inside = True
        elif word == ")":
            inside = False
        elif inside and kind == "name":
            found.add(word)
    return found


def without_thresholds(text: str) -> str:
    """The same where a comparison yields 0 or 1: there is a result if, and only if, both sides match."""
    out, braces = "", 0
    for kind, word in _tokens(text):
        braces += (word == "{") - (word == "}")
        out += f"{word} bool " if kind == "comparison" and not braces else word
    return out
