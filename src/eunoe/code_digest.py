"""A digest of the code that a stage runs, so that editing it, and only it, reruns the stage.

Snakemake notices neither an edited module nor one imported by it. The digest goes into the one
param of each rule. It covers the syntax trees of the package's modules that a stage imports,
directly or not, but for those in `ONLY_TOLD`; comments, docstrings, formatting and modification
times do not change it.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent

ONLY_TOLD = frozenset({"eunoe.errors"})
"""Modules left out of every digest: they decide how a failure is told, never what a result is."""


def source_of(module: str) -> Path | None:
    """Return the file of a module of this package, or None if there is no such module."""
    path = PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


def without_strings(tree: ast.AST) -> ast.AST:
    """Drop every statement that is only a string: docstrings of modules, classes, attributes."""
    for node in ast.walk(tree):
        for _, body in ast.iter_fields(node):
            if isinstance(body, list):
                body[:] = [
                    part
                    for part in body
                    if not (
                        isinstance(part, ast.Expr)
                        and isinstance(part.value, ast.Constant)
                        and isinstance(part.value.value, str)
                    )
                ]
    return tree


def is_for_type_checking(node: ast.AST) -> bool:
    """Tell whether a statement is `if TYPE_CHECKING:`, whose imports never run."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def imported_names(node: ast.AST) -> set[str]:
    """Return the dotted names that a tree imports anywhere, in functions too."""
    names: set[str] = set()
    if is_for_type_checking(node):
        return names
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    for child in ast.iter_child_nodes(node):
        names |= imported_names(child)
    return names


@cache
def parse(module: str) -> tuple[str, frozenset[str]]:
    """Return a module's canonical syntax tree and the package's modules that it imports."""
    path = source_of(module)
    assert path is not None, module
    tree = ast.parse(path.read_text(), filename=str(path))
    parents = {module.rsplit(".", n)[0] for n in range(1, module.count(".") + 1)}
    imports = {
        name
        for name in imported_names(tree) | parents
        if name.split(".")[0] == PACKAGE.name and source_of(name) and name != module
    }
    return ast.dump(without_strings(tree)), frozenset(imports)


def modules_of(*roots: str) -> list[str]:
    """Return every module of the package that the roots import, themselves included, sorted."""
    found: set[str] = set()
    waiting = set(roots)
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= parse(module)[1] - found
    return sorted(found)


def code_digest(*roots: str) -> str:
    """Return a digest of the code that running the given modules can reach."""
    digest = hashlib.sha256()
    for module in modules_of(*roots):
        if module in ONLY_TOLD:
            continue
        digest.update(f"{module}\n{parse(module)[0]}\n".encode())
    return digest.hexdigest()[:16]
