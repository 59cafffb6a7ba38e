"""The package's own source files, parsed: what the tests of layout look at."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent


@frozen(slots=False)
class Import:
    """One module that is imported.

    @ivar name: dotted and absolute; for C{from a import b} both C{a} and C{a.b} are told.
    @ivar top: it stands at module level, so importing the module brings it in.
    @ivar line: where.
    """

    name: str
    top: bool
    line: int


@frozen(slots=False)
class Source:
    """One file.

    @ivar module: its dotted name; a package's C{__init__} goes by the package's name.
    """

    path: Path
    module: str

    @cached_property
    def text(self) -> str:
        """What it says."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """It, parsed."""
        return ast.parse(self.text, str(self.path))

    @property
    def length(self) -> int:
        """In lines."""
        return len(self.text.splitlines())

    @property
    def area(self) -> str:
        """The folder below the package, or the module itself where it stands in none.

        C{"http"} for C{quorumha.http.wire.parsing}, C{"pool"} for C{quorumha.pool.pool}.
        """
        return self.module.split(".")[1] if "." in self.module else ""

    @property
    def folder(self) -> str:
        """The package that it stands in, or is: C{"quorumha.http.wire"}."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports that are carried out; those for type checkers alone are not."""
        return tuple(self._imports(self.tree.body, True))

    def _imports(self, statements: Iterable[ast.AST], top: bool) -> Iterator[Import]:
        for child in statements:
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                yield from self._imports(child.orelse, top)
            elif isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, top, child.lineno)
            elif isinstance(child, ast.ImportFrom):
                base = self._base(child)
                yield Import(base, top, child.lineno)
                for alias in child.names:
                    yield Import(f"{base}.{alias.name}", top, child.lineno)
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                # Expressions import nothing: only what has statements in it is looked into.
                for block in ("body", "orelse", "handlers", "finalbody", "cases"):
                    yield from self._imports(getattr(child, block, ()), top and not inside)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        return f"{package}.{node.module}" if node.module else package

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def defined(self) -> tuple[tuple[str, int], ...]:
        """Every name that this file makes up, with its line: not those it only uses."""
        return tuple(self._defined())

    def _defined(self) -> Iterator[tuple[str, int]]:
        for node in self.nodes:
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield name, node.lineno
                case ast.arg(arg=name):
                    yield name, node.lineno
                case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    yield name, node.lineno
                case ast.alias(asname=str(name)):
                    yield name, node.lineno

    @cached_property
    def texts(self) -> tuple[tuple[str, int], ...]:
        """Every string that is not a docstring, with its line; of one with values in it, each piece."""
        docstrings = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        return tuple(
            (node.value, node.lineno)
            for node in self.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        )

    def used(self) -> Iterator[tuple[str, int]]:
        """Every name and attribute that stands in the file, imported ones too."""
        for node in self.nodes:
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node.lineno
                case ast.ImportFrom(names=aliases):
                    for alias in aliases:
                        yield alias.name, node.lineno


def sources(folder: str) -> list[Source]:
    """All Python files below a folder of the project, in the order of their names."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append(Source(path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)))
    return found
