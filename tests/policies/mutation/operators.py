"""Small falsehoods in a source text: which places of a syntax tree can be changed, and into what."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

#: Comparisons: the boundary moves, or the whole is reversed.
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_SWAPPED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "minimum": "maximum",
    "maximum": "minimum",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
    "argmax": "argmin",
    "argmin": "argmax",
}
_WORDS = {"left": "right", "right": "left"}
#: Half up becomes half to even: one less where a half was rounded up to an odd number.
_HALF_EVEN = "(lambda n, d: (2 * n + d) // (2 * d) - ((2 * n + d) % (2 * d) == 0) * ((2 * n + d) // (2 * d) % 2))(a, b)"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one place."""

    #: Dotted name of the module.
    module: str
    line: int
    #: Name of the function or class around it, with that of its class.
    place: str
    before: str
    after: str
    #: Which of the equal changes in that place, from 0.
    number: int
    #: Position of the node in the walk over the tree, and which of its changes.
    node: int
    change: int

    @property
    def key(self) -> str:
        """The same for as long as the code around it stays, whatever stands in the lines above."""
        name = self.module.removeprefix("policies.rules.")
        nth = f" #{self.number + 1}" if self.number else ""
        return f"{name}:{self.place}: {self.before} → {self.after}{nth}"


def _number(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name = _called(node)
    if name in _SWAPPED:
        func: ast.expr = ast.Name(_SWAPPED[name], ast.Load())
        if isinstance(node.func, ast.Attribute):
            func = ast.Attribute(node.func.value, _SWAPPED[name], ast.Load())
        yield ast.Call(func, node.args, node.keywords)
    if name in ("min", "max", "minimum", "maximum") and len(node.args) == 2:
        yield from node.args
    if name in ("min", "max") and node.keywords:  # the last of equals instead of the first
        last = ast.Call(ast.Name("reversed", ast.Load()), node.args, [])
        yield ast.Call(node.func, [last], node.keywords)
    if name == "where" and len(node.args) == 3:
        yield ast.Call(node.func, [node.args[0], node.args[2], node.args[1]], node.keywords)
    if name == "half_up" and len(node.args) == 2:
        made = ast.parse(_HALF_EVEN, mode="eval").body
        assert isinstance(made, ast.Call)
        made.args = node.args
        yield made
        yield ast.BinOp(node.args[0], ast.FloorDiv(), node.args[1])
    if name in ("abs", "sorted", "half_up") and len(node.args) == 1:
        yield node.args[0]


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Every falsehood of one node."""
    match node:
        case ast.Compare():
            for place, op in enumerate(node.ops):
                for other in _COMPARISONS.get(type(op), ()):
                    yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)
        case ast.BinOp() if not (_is_text(node.left) or _is_text(node.right)):
            if type(node.op) in _ARITHMETIC:
                yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
            if isinstance(node.op, ast.FloorDiv):  # floor becomes ceiling
                up = ast.BinOp(ast.UnaryOp(ast.USub(), node.left), ast.FloorDiv(), node.right)
                yield ast.UnaryOp(ast.USub(), up)
        case ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
            yield ast.Assign([node.target], node.value)
            yield ast.Pass()
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for place in range(len(node.values)):
                rest = node.values[:place] + node.values[place + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Call():
            yield from _calls(node)
        case ast.Constant() if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        case ast.Constant() if isinstance(node.value, int):
            yield _number(node.value + 1)
            yield _number(node.value - 1)
        case ast.Constant() if isinstance(node.value, str) and node.value in _WORDS:
            yield ast.Constant(_WORDS[node.value])
        case ast.If() | ast.IfExp() | ast.While():
            for value in (True, False) if not isinstance(node, ast.While) else (False,):
                changed = copy.copy(node)
                changed.test = ast.Constant(value)
                yield changed
        case ast.comprehension() if node.ifs:
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.Return() if node.value is not None and not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        ):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign() if not isinstance(node.value, ast.Constant):
            yield ast.Pass()


class _Places(ast.NodeVisitor):
    """Collects the nodes that may be changed, in a fixed order, with the names around them."""

    def __init__(self) -> None:
        self.found: list[tuple[ast.AST, str]] = []
        self.names: list[str] = []

    def visit(self, node: ast.AST) -> None:
        """Take the node, then its parts; what only types, documents or words say is left out."""
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Global():
                return
            case ast.Expr(value=ast.Constant()):
                return
            case ast.FunctionDef() | ast.ClassDef():
                self.names.append(node.name)
                for part in [*node.args.defaults, *node.args.kw_defaults] if isinstance(node, ast.FunctionDef) else []:
                    if part is not None:
                        self.visit(part)
                for statement in node.body:
                    self.visit(statement)
                self.names.pop()
                return
            case ast.AnnAssign():
                if node.value is not None:
                    self.visit(node.value)
                return
            case ast.Assign() if not self.names and not isinstance(node.value, ast.BinOp | ast.Constant):
                return  # names of types and tables of the module
            case ast.Assign(value=ast.BinOp(op=ast.BitOr())) if not self.names:
                return  # a union of types
            case ast.Raise():
                self.found.append((node, ".".join(self.names)))
                return
            case ast.Call() if _called(node) in ("cast", "isinstance", "TypeVar", "NewType"):
                for part in node.args[1:] if _called(node) == "cast" else []:
                    self.visit(part)
                return
        self.found.append((node, ".".join(self.names)))
        self.generic_visit(node)


def _places(tree: ast.Module) -> list[tuple[ast.AST, str]]:
    places = _Places()
    for statement in tree.body:
        places.visit(statement)
    return places.found


def _told(node: ast.AST) -> str:
    """A node in one short line."""
    if isinstance(node, ast.If | ast.While):
        return f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(node.test)}"
    if isinstance(node, ast.comprehension):
        return f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}" + "".join(
            f" if {ast.unparse(test)}" for test in node.ifs
        )
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 150 else f"{text[:147]}…"


def mutations(module: str, source: str) -> list[Mutation]:
    """Every mutation of a module."""
    found: list[Mutation] = []
    seen: dict[tuple[str, str, str], int] = {}
    line = 1
    for position, (node, place) in enumerate(_places(ast.parse(source))):
        line = getattr(node, "lineno", line)
        for change, made in enumerate(_changes(node)):
            told = (place or "module", _told(node), _told(made))
            number = seen[told] = seen.get(told, -1) + 1
            found.append(Mutation(module, line, *told, number, position, change))
    return found


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """The new node in place of the old one, everything else as it was."""
        if node is self.old:
            return ast.copy_location(self.new, node) if hasattr(node, "lineno") else self.new
        return self.generic_visit(node)


def mutated(source: str, mutation: Mutation) -> ast.Module:
    """The tree of a source text with one mutation."""
    tree = ast.parse(source)
    node, _ = _places(tree)[mutation.node]
    new = list(_changes(node))[mutation.change]
    changed = _Replace(node, new).visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)
