"""Writes `src/aiocql/sync/session.pyi`, the types of the synchronous session, from the asynchronous classes.

    python tools/sync_stubs.py            write the file
    python tools/sync_stubs.py --check    only say whether the file is up to date

Run it when a public method of `Session`, `Result` or a stream is new or has another signature.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiocql.sync.internals import internals_of

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src" / "aiocql" / "sync" / "session.pyi"

CLASSES = (
    ("Result", "aiocql.results.result:Result"),
    ("Session", "aiocql.session.session:Session"),
    ("RateLimitedSession", "aiocql.session.limited:RateLimitedSession"),
)
"""Where to begin. Asynchronous iterators and context managers that their methods return are found."""
CONNECT = "aiocql.session.connect:connect"
EXTRA = {
    "EventStream": "dropped: int",
    "RateLimitedSession": "session: Session[RowT]\n    def __getattr__(self, name: str) -> Any: ...",
    "Result": "rows: list[RowT]",
}
MANAGER = """    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ..."""
NAMES = {
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "Awaitable": "",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
}
DUNDERS = {"__iter__", "__next__", "__len__", "__getitem__", "__bool__", "__enter__", "__exit__"}
WELL_KNOWN = {"Iterable": "collections.abc", "Iterator": "collections.abc", "Self": "typing"}
TYPE_VARIABLES = {"T", "RowT"}
HEAD = """# Written by tools/sync_stubs.py from the asynchronous classes. Do not edit.
"""
VARIABLES = """
T = TypeVar("T")
RowT = TypeVar("RowT", default=Row)
"""


class Synchronous(ast.NodeTransformer):
    """Turns the annotations of asynchronous code into those of synchronous code."""

    def __init__(self, concurrent: str) -> None:
        self.concurrent = concurrent
        self.used: set[str] = set()

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name = NAMES.get(node.id, node.id)
        name = {"ConcurrentExecution": self.concurrent, "Connecting": "Session"}.get(name, name)
        self.used.add(name)
        return ast.Name(name, ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        parts: list[ast.expr] = []
        for part in _union(node):
            made = self.visit(part)
            if ast.unparse(made) not in map(ast.unparse, parts):
                parts.append(made)
        union = parts[0]
        for part in parts[1:]:
            union = ast.BinOp(union, ast.BitOr(), part)
        return union


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    return [node]


class Stub:
    """The text of the stub as it grows, and the imports that it needs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.imports: dict[str, str] = {}
        self.classes = dict(CLASSES)

    def add_classes(self) -> None:
        """Write all classes, those that are found on the way too."""
        written: set[str] = set()
        while left := [name for name in self.classes if name not in written]:
            written.add(left[0])
            self._add_class(left[0], self.classes[left[0]])

    def _add_class(self, name: str, place: str) -> None:
        kind = _load(place)
        self.lines.append(f"\nclass {name}({self._base(kind)}):")
        if name in EXTRA:
            self.lines.append(f"    {EXTRA[name]}")
        written: set[str] = set()
        for owner in kind.__mro__:
            if not owner.__module__.startswith("aiocql") or not _source(owner.__module__):
                continue
            module = _source(owner.__module__)
            self._add_members(name, _class_of(module, owner.__name__), module, owner.__module__, written)
        if hasattr(kind, "__anext__") and "__enter__" not in written:
            self.lines.append(MANAGER)

    def _base(self, kind: type) -> str:
        """Return the base: an iterator over what the asynchronous one gives, or a generic class."""
        if not hasattr(kind, "__anext__"):
            return "Generic[RowT]"
        module = _source(kind.__module__)
        for node in _class_of(module, kind.__name__).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.name == "__anext__" and node.returns:
                change = Synchronous("list")
                item = ast.unparse(change.visit(node.returns))
                self._import(change.used, module, kind.__module__)
                return f"Iterator[{item}]"
        return "Iterator[Any]"

    def _add_members(
        self, face: str, owner: ast.ClassDef, module: ast.Module, place: str, written: set[str]
    ) -> None:
        mine: set[str] = set()
        overloaded: set[str] = set()
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            name = NAMES.get(node.name, node.name)
            if not _is_public(face, name) or name in written:
                continue
            if node.name == "__aiter__" and any(
                getattr(each, "name", "") == "__iter__" for each in owner.body
            ):
                continue
            is_overload = any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)
            if is_overload:
                overloaded.add(name)
            elif name in overloaded:
                mine.add(name)
                continue
            mine.add(name)
            self._add_function(face, name, node, module, place, "list")
        if "execute_concurrent" in mine:
            for node in owner.body:
                if (
                    isinstance(node, ast.FunctionDef)
                    and node.name == "execute_concurrent"
                    and node.decorator_list
                ):
                    self._add_function(face, "iter_concurrent", node, module, place, "Iterator")
        written |= mine

    def _add_function(
        self, face: str, name: str, node: Any, module: ast.Module, place: str, concurrent: str
    ) -> None:
        change = Synchronous(concurrent)
        arguments = ast.parse(ast.unparse(node.args).join(("def f(", "): ...")))
        made = arguments.body[0]
        assert isinstance(made, ast.FunctionDef)
        for argument in [*made.args.posonlyargs, *made.args.args, *made.args.kwonlyargs,
                         made.args.vararg, made.args.kwarg]:  # fmt: skip
            if argument is not None and argument.annotation is not None:
                argument.annotation = change.visit(argument.annotation)
        made.args.defaults = [_default(each) for each in made.args.defaults]
        made.args.kw_defaults = [each and _default(each) for each in made.args.kw_defaults]
        returns = change.visit(ast.parse(ast.unparse(node.returns), mode="eval").body)
        is_iterator = face in self.classes and hasattr(_load(self.classes[face]), "__anext__")
        if name == "__enter__" or (name == "__iter__" and is_iterator):
            returns = ast.Name("Self", ast.Load())
            change.used.add("Self")
        indent = "    " if face else ""
        for decorator in node.decorator_list:
            self.lines.append(f"{indent}@{ast.unparse(decorator)}")
            change.used.add(ast.unparse(decorator))
        text = f"{indent}def {name}({ast.unparse(made.args)}) -> {ast.unparse(returns)}: ..."
        self.lines.append(text)
        self._import(change.used, module, place)

    def add_connect(self) -> None:
        place, _, name = CONNECT.partition(":")
        module = _source(_load(CONNECT).__module__)
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name == name and node.decorator_list:
                self._add_function("", name, node, module, place, "list")

    def _import(self, names: set[str], module: ast.Module, place: str) -> None:
        for name in names - set(self.classes) - TYPE_VARIABLES - set(dir(builtins)):
            origin = _origin(name, module, place)
            if _is_asynchronous(origin, name):
                self.classes[name] = f"{origin}:{name}"
            else:
                self.imports[name] = origin

    def text(self) -> str:
        imports = [f"from {place} import {name}" for name, place in sorted(self.imports.items())]
        return "\n".join([HEAD, *imports, VARIABLES, *self.lines, ""])


def _default(value: ast.expr) -> ast.expr:
    return value if isinstance(value, ast.Constant) else ast.Constant(...)


def _is_public(face: str, name: str) -> bool:
    return name not in internals_of(face) and (name in DUNDERS or not name.startswith("_"))


def _is_asynchronous(place: str, name: str) -> bool:
    """Return whether a name is a class of the driver that needs a synchronous face."""
    kind = getattr(importlib.import_module(place), name, None) if place.startswith("aiocql.") else None
    return isinstance(kind, type) and any(hasattr(kind, each) for each in ("__anext__", "__aenter__"))


def _origin(name: str, module: ast.Module, place: str) -> str:
    """Return the module that a name in an annotation is imported from."""
    if name in WELL_KNOWN:
        return WELL_KNOWN[name]
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and any(
            (each.asname or each.name) == name for each in node.names
        ):
            return str(node.module)
    return place


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _source(module: str) -> Any:
    path = inspect.getsourcefile(importlib.import_module(module)) if not _is_compiled(module) else None
    return ast.parse(Path(path).read_text(encoding="utf-8")) if path else None


def _is_compiled(module: str) -> bool:
    return str(importlib.import_module(module).__file__).endswith(".so")


def _class_of(module: ast.Module, name: str) -> ast.ClassDef:
    return next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)


def stub() -> str:
    """Return the text of the stub."""
    made = Stub()
    made.imports |= {
        "Generic": "typing",
        "TypeVar": "typing_extensions",
        "Row": "aiocql.rows",
        "Any": "typing",
    }
    made.imports |= {"Iterator": "collections.abc", "Self": "typing"}
    made.add_classes()
    made.lines.append("")
    made.add_connect()
    text = made.text()
    for command in (["check", "--fix-only", "--quiet", "--select", "I,F401"], ["format"]):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(TARGET), "-"],
            input=text, capture_output=True, text=True, check=True, cwd=ROOT,
        ).stdout  # fmt: skip
    return text


def main() -> int:
    """Write the stub, or check it."""
    text = stub()
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
