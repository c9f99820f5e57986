"""docs/python-api.md, written from the sources of the installed package.

``python crates/python/tests/api_reference.py`` writes the page; a test compares it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import kafka_trial

PAGE = Path(__file__).parents[3] / "docs" / "python-api.md"
COMMAND = "python crates/python/tests/api_reference.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef

INTRODUCTION = f"""\
# Python API

Written by `{COMMAND}` from the installed package; a test fails when the page is out of date.
[Fixtures and options](fixtures.md) explains how the parts work together.

Every name below can be imported from `kafka_trial`, except those of a module that a heading names. The package has type
annotations (`py.typed`).
"""


def render() -> str:
    """The whole page."""
    names = sorted(name for name in kafka_trial.__all__ if not name.startswith("__"))
    nodes = {name: definition(getattr(kafka_trial, name), name) for name in names}
    for name in names:
        if (blocking := twin_of(nodes[name])) is not None:
            nodes[name] = awaitable(name, nodes[blocking])
    functions = [name for name in names if isinstance(nodes[name], Function)]
    errors = [name for name in names if is_error(getattr(kafka_trial, name))]
    classes = [name for name in names if isinstance(nodes[name], ast.ClassDef) and name not in errors]
    aliases = [name for name in names if name not in {*functions, *errors, *classes}]
    lines = [INTRODUCTION, "## Functions", ""]
    for name in functions:
        lines += function(nodes[name])
    lines += ["## Classes", ""]
    for name in classes:
        lines += class_(nodes[name])
    if aliases:
        lines += ["## Types", ""]
        lines += [*(f"- `{name}` = `{ast.unparse(value(nodes[name]))}`" for name in aliases), ""]
    lines += ["## Errors", "", *(error(getattr(kafka_trial, name)) for name in errors), ""]
    lines += ["## Fixtures", "", "| fixture | scope | type |", "|---|---|---|", *fixtures(), ""]
    for module, about in (
        ("kafka_trial.flow", "What a test can expect of a flow, for `kafka_flow.expect`"),
        ("kafka_trial.factories", "Fixtures of your own: assign the result to a name in `conftest.py`"),
    ):
        lines += [f"## Module `{module}`", "", f"{about}.", ""]
        for node in tree(module).body:
            if isinstance(node, Function) and not node.name.startswith("_"):
                lines += function(node)
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name not in names:
                lines += class_(node)
    return "\n".join(lines).rstrip() + "\n"


def is_error(thing: object) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def tree(module: str) -> ast.Module:
    """The source of a module; that of the native one is its stub."""
    if module.endswith("_native"):
        return ast.parse((Path(inspect.getfile(kafka_trial)).parent / "_native.pyi").read_text())
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def definition(thing: object, name: str) -> ast.stmt:
    """Where a public name is defined."""
    module = getattr(thing, "__module__", None) or "kafka_trial._native"
    modules = [module] if module.startswith("kafka_trial") else []
    # An alias does not say where it was defined.
    modules += [f"kafka_trial.{path.stem}" for path in sorted(Path(inspect.getfile(kafka_trial)).parent.glob("*.py"))]
    modules.append("kafka_trial._native")
    for module in modules:
        for node in [] if module.endswith("__") else tree(module).body:
            if name in defined_names(node):
                return node
    raise LookupError(f"{name} is exported and defined nowhere in the package")


def defined_names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def value(node: ast.stmt) -> ast.expr:
    assert isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
    return node.value


def about(node: ast.stmt) -> str:
    """The first paragraph of a docstring, on one line."""
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    text = (ast.get_docstring(node) or "").split("\n\n")[0]
    return plain(text)


def plain(text: str) -> str:
    """A docstring on one line, without the roles of its references."""
    return re.sub(r":(?:meth|class|func|data|mod):", "", " ".join(text.split()).replace("``", "`"))


def twin_of(node: ast.stmt) -> str | None:
    """The blocking wait that ``name = twin(wait)`` makes awaitable."""
    match node:
        case ast.Assign(value=ast.Call(func=ast.Name(id="twin"), args=[ast.Name(id=blocking)])):
            return blocking
        case _:
            return None


def awaitable(name: str, blocking: ast.stmt) -> ast.AsyncFunctionDef:
    """The twin of a wait, as it would be written."""
    assert isinstance(blocking, ast.FunctionDef)
    words = ast.Expr(ast.Constant(f"As ``{blocking.name}``, in a coroutine: the event loop stays free."))
    twin = ast.AsyncFunctionDef(name, blocking.args, [words], [], blocking.returns)
    return ast.fix_missing_locations(ast.copy_location(twin, blocking))


def signature(node: Function, without_self: bool = False) -> str:
    arguments = node.args
    if without_self:
        for kind in (arguments.posonlyargs, arguments.args):
            if kind and kind[0].arg in ("self", "cls"):
                kind.pop(0)
                break
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(arguments)}){returns}"


def function(node: ast.stmt) -> list[str]:
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    return [f"### `{node.name}`", "", "```text", f"{word}{node.name}{signature(node)}", "```", "", about(node), ""]


def class_(node: ast.stmt) -> list[str]:
    assert isinstance(node, ast.ClassDef)
    lines = [f"### `{node.name}`", "", about(node), ""]
    members = [line for part in parts(node) for line in member(part)]
    return [*lines, *members, ""] if members else lines


def parts(node: ast.ClassDef) -> list[ast.stmt]:
    """What stands in a class and in the private classes that it is made of, twins as functions."""
    body = list(node.body)
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id.startswith("_"):
            body += parts(private_class(base.id))
    functions = {part.name: part for part in body if isinstance(part, ast.FunctionDef)}
    for index, part in enumerate(body):
        if (blocking := twin_of(part)) is not None:
            body[index] = awaitable(defined_names(part)[0], functions[blocking])
    return body


def private_class(name: str) -> ast.ClassDef:
    for path in sorted(Path(inspect.getfile(kafka_trial)).parent.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
            if name in defined_names(node):  # a TypedDict by a call
                return ast.ClassDef(name, [], [], [], [])
    raise LookupError(f"{name} is defined nowhere in the package")


def member(node: ast.stmt) -> list[str]:
    """A public field, property or method of a class, as an item of a list."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_"):
        return [f"- `{node.target.id}: {ast.unparse(node.annotation)}`"]
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
        return []
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    if any(decorator.endswith("setter") or decorator == "overload" for decorator in decorators):
        return []
    if any(decorator in ("property", "cached_property", "functools.cached_property") for decorator in decorators):
        text = f"{node.name}: {ast.unparse(node.returns) if node.returns else 'object'}"
    else:
        word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
        text = f"{word}{node.name}{signature(node, without_self=True)}"
    words = about(node)
    return [f"- `{text}`" + (f": {words}" if words else "")]


def error(kind: type[BaseException]) -> str:
    bases = " and ".join(f"`{base.__name__}`" for base in kind.__bases__)
    words = plain((inspect.getdoc(kind) or "").split("\n\n")[0])
    return f"- `{kind.__name__}` (a {bases}): {words}"


def fixtures() -> Iterator[str]:
    """Every fixture of the plugin, with its scope and the type that a test gets."""
    made = {node.name: node for node in tree("kafka_trial.factories").body if isinstance(node, ast.FunctionDef)}
    for node in sorted(tree("kafka_trial._fixtures").body, key=lambda node: "".join(defined_names(node))):
        match node:
            case ast.FunctionDef(decorator_list=[_, *_]):
                yield f"| `{node.name}` | {scope_of(node.decorator_list[0])} | `{yielded(node)}` |"
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr=factory))):
                function = next(part for part in made[factory].body if isinstance(part, ast.FunctionDef))
                names = [argument.arg for argument in made[factory].args.kwonlyargs]
                # A fixture of one scope alone has no argument for it.
                default = made[factory].args.kw_defaults[names.index("scope")] if "scope" in names else None
                scope = ast.literal_eval(default or ast.Constant("function"))
                yield f"| `{defined_names(node)[0]}` | {scope} | `{yielded(function)}` |"


def scope_of(decorator: ast.expr) -> str:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return next((ast.literal_eval(word.value) for word in keywords if word.arg == "scope"), "function")


def yielded(node: Function) -> str:
    """What a test gets: of a generator, what it yields."""
    returns = node.returns
    if isinstance(returns, ast.Subscript) and ast.unparse(returns.value) in (
        "Iterator",
        "Generator",
        "AsyncIterator",
        "AsyncGenerator",
    ):
        returns = returns.slice.elts[0] if isinstance(returns.slice, ast.Tuple) else returns.slice
    return (ast.unparse(returns) if returns else "object").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render())
