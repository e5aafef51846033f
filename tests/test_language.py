"""What a person of the centre or the city reads is Japanese, what the tool says about itself English; never both in one sentence.

Looked at is every raise of an error whose own text a page shows (`FOR_PEOPLE`), wherever the text comes from: written there, a
constant, a variable of the function, the argument of a helper, or a module that says what is wrong with an entry.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest

from compliance import errors as compliance
from compliance.errors import EntryRefused, HomeBusy, HomeDamaged, PersonUnproved
from orchestration.assets.pages import refusing
from reporting import errors as reporting

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("application", "compliance", "desk", "orchestration", "reporting", "telephony_ingest")
AT_THE_COMMAND_LINE_ALONE = "orchestration/command/"
"""What was typed wrongly there is answered there, as usage is; no page imports it (import-linter)."""
FROM_ANOTHER_PROCESS = {
    "compliance/ground/beside.py": "answer[1:].decode()",
    "reporting/paper/forms.py": "answer[1:].decode()",
}
"""The texts that a process beside this one refused with: they are raised there, and looked at there."""
PROBLEMS = (
    "compliance/inquiries/record.py",
    "compliance/people/passphrases.py",
    "compliance/registers/check.py",
    "compliance/sign_in/passwords.py",
    "reporting/paper/template.py",
    "reporting/paper/word_form.py",
    "reporting/paper/word_package.py",
)
"""Where what is wrong with an entry or a form is said, to be joined to one refusal."""
NAMES = {one.__name__ for one in (*compliance.FOR_PEOPLE, *reporting.FOR_PEOPLE)} | {"MustWait"}
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z][a-z']+[ ,]+[a-z']+[ ,]+[A-Za-z'-]+")
HOLE = "\u25cb"
"""Stands for what is filled in."""
LOST = "\0"
"""Stands for what could not be followed to its text."""


def problem(text: str) -> str:
    """What is wrong with a text that a page shows; blank where nothing is. Code in backticks and what is filled in are free."""
    plain = re.sub(r"`[^`]*`|\u25cb", "", text)
    if not JAPANESE.search(plain):
        return "no Japanese"
    return "an English sentence in it" if ENGLISH.search(plain) else ""


class Module:
    """A module of the product, with what a text in it can come from."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(ROOT))
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.around = {
            child: one for one in ast.walk(self.tree) for child in ast.iter_child_nodes(one)
        }
        self.imported = {
            alias.asname or alias.name: (one.module, alias.name)
            for one in ast.walk(self.tree)
            if isinstance(one, ast.ImportFrom) and one.module
            for alias in one.names
        }

    def raised(self) -> Iterator[ast.Call]:
        for one in ast.walk(self.tree):
            if isinstance(one, ast.Call) and called(one) in NAMES:
                yield one

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        while node in self.around:
            node = self.around[node]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node
        return None

    def texts(self, node: ast.expr, at: ast.AST) -> Iterator[str]:
        """The texts that an expression can be; with `LOST` where it cannot be followed."""
        match node:
            case ast.Constant(value=str(value)):
                yield value
            case ast.JoinedStr():
                yield "".join(self.part(one) for one in node.values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                for one in self.texts(left, at):
                    yield from (one + other for other in self.texts(right, at))
            case ast.IfExp(body=body, orelse=other):
                yield from self.texts(body, at)
                yield from self.texts(other, at)
            case ast.Call(func=ast.Attribute(value=inner, attr="format")):
                yield from self.texts(inner, at)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(), attr="join"), args=[ast.Name(id="found")]
            ):
                yield "".join(self.found(at))
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(), attr="join"),
                args=[ast.Tuple(elts=parts) | ast.List(elts=parts)],
            ):
                yield from self.texts(parts[0], at)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(), attr="join"), args=[ast.GeneratorExp()]
            ):
                yield HOLE  # said in one of PROBLEMS
            case (
                ast.Attribute(attr="text_ja" | "title_ja")
                | ast.Call(func=ast.Name(id="refusal_ja"))
            ):
                yield "日本語"
            case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]):
                yield from self.caught(name, at)
            case ast.Name(id=name):
                yield from self.named(name, at)
            case _ if FROM_ANOTHER_PROCESS.get(self.name) == ast.unparse(node):
                yield "日本語"
            case _:
                yield f"{LOST}{ast.unparse(node)}"

    @staticmethod
    def part(one: ast.expr) -> str:
        match one:
            case ast.Constant(value=str(value)):
                return value
            case ast.FormattedValue(value=ast.Attribute(attr="text_ja")):
                return "日本語"
        return HOLE

    def found(self, at: ast.AST) -> Iterator[str]:
        """`found` is what `problems` or `problems_of` said, or texts of its own."""
        for value in assigned("found", self.function_of(at) or self.tree):
            match value:
                case ast.Call(
                    func=ast.Name(id="list"), args=[ast.Call(func=ast.Name(id="problems"))]
                ):
                    yield "日本語"
                case ast.Call(func=ast.Name(id="problems_of")):
                    yield "日本語"
                case ast.List(elts=parts):
                    for part in parts:
                        yield from self.texts(part, at)
                case _:
                    yield f"{LOST}{ast.unparse(value)}"

    def caught(self, name: str, at: ast.AST) -> Iterator[str]:
        """What another error said that is for people too."""
        node = at
        while node in self.around:
            node = self.around[node]
            if isinstance(node, ast.ExceptHandler) and node.name == name and node.type is not None:
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                others = [ast.unparse(kind) for kind in kinds if ast.unparse(kind) not in NAMES]
                yield f"{LOST}{others} caught" if others else "日本語"
                return
        yield f"{LOST}str({name})"

    def named(self, name: str, at: ast.AST) -> Iterator[str]:
        """A variable of the function, a constant of this module or another, or what a helper is handed."""
        function = self.function_of(at)
        values = assigned(name, function) if function else []
        if values:
            for value in values:
                yield from self.texts(value, at)
            return
        if function and name in (given := [one.arg for one in function.args.args]):
            calls = [
                one
                for one in ast.walk(self.tree)
                if isinstance(one, ast.Call) and called(one) == function.name
            ]
            for call in calls:
                yield from self.texts(call.args[given.index(name)], call)
            if not calls:
                yield f"{LOST}{name} of {function.name}"
            return
        if values := assigned(name, self.tree):
            for value in values:
                yield from self.texts(value, at)
        elif name in self.imported:
            module, there = self.imported[name]
            yield str(getattr(importlib.import_module(module), there))
        else:
            yield f"{LOST}{name}"


def called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def assigned(name: str, within: ast.AST) -> Sequence[ast.expr]:
    """What a name is set to, also by `:=`; at the top of a module alone, where a module is given."""
    nodes = within.body if isinstance(within, ast.Module) else ast.walk(within)
    found: list[ast.expr] = []
    for one in nodes:
        match one:
            case ast.Assign(targets=[ast.Name(id=there)], value=value) if there == name:
                found.append(value)
            case ast.AnnAssign(target=ast.Name(id=there), value=value) if there == name and value:
                found.append(value)
            case ast.NamedExpr(target=ast.Name(id=there), value=value) if there == name:
                found.append(value)
    return found


def modules() -> Iterator[Module]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not str(path.relative_to(ROOT)).startswith(AT_THE_COMMAND_LINE_ALONE):
                yield Module(path)


def wrong_in(module: Module) -> Iterator[str]:
    for call in module.raised():
        for text in module.texts(call.args[0], call) if call.args else [LOST]:
            said = "cannot be followed" if LOST in text else problem(text)
            if said:
                yield f"{module.name}:{call.lineno}: {said}: {text}"


def test_whatever_a_page_can_be_told_is_japanese_without_an_english_sentence() -> None:
    looked, wrong = 0, []
    for module in modules():
        looked += sum(1 for _ in module.raised())
        wrong += wrong_in(module)
    assert not wrong, "\n".join(wrong)
    assert looked > 150  # the walk finds what it is for


def test_what_is_wrong_with_an_entry_is_told_in_japanese() -> None:
    wrong, looked = [], 0
    for name in PROBLEMS:
        module = Module(ROOT / name)
        for one in ast.walk(module.tree):
            match one:
                case ast.Yield(value=ast.Tuple(elts=[_, said])) | ast.Yield(value=said):
                    pass
                case ast.Call(
                    func=ast.Attribute(ast.Name("found" | "problems"), "append"), args=[said]
                ):
                    pass
                case _:
                    continue
            if isinstance(said, ast.Constant | ast.JoinedStr):
                looked += 1
                wrong += [
                    f"{name}:{one.lineno}: {t}" for t in module.texts(said, one) if problem(t)
                ]
    assert not wrong, "\n".join(wrong)
    assert looked > 40


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('raise EntryRefused("No medium is registered.")', "no Japanese"),
        ('raise EntryRefused(f"The city\'s 承認 needs its date.")', "an English sentence"),
        ('raise EntryRefused(f"{one} `mount it first`")', "no Japanese"),
        ('def f(x):\n    said = x.read()\n    raise Outdated(said)', "cannot be followed"),
        ('def f():\n    try:\n        g()\n    except HomeBusy as e:\n        raise EntryRefused(str(e))', "cannot be followed"),
        ('def _r(told):\n    raise NotAllowed(told)\n_r("It may not be.")', "no Japanese"),
    ],
)  # fmt: skip
def test_the_walk_finds_english_wherever_it_comes_from(
    source: str, said: str, tmp_path: Path
) -> None:
    module = Module(ROOT / PROBLEMS[0])
    module.__dict__.update(
        tree=(tree := ast.parse(source)),
        around={child: one for one in ast.walk(tree) for child in ast.iter_child_nodes(one)},
        imported={},
    )
    assert [one for one in wrong_in(module) if said in one]


@pytest.mark.parametrize(
    "error",
    [
        HomeBusy("The home is held by another process."),
        HomeDamaged("The file is not what was written."),
        PersonUnproved("The passphrase does not open this person's key."),
        reporting.RenderingFailed("The typesetter gave no PDF."),
        OSError(30, "Read-only file system", "/mnt/m-a/x.sealed"),
    ],
)
def test_a_run_tells_a_person_in_japanese_what_the_tool_said_of_itself(error: Exception) -> None:
    @refusing
    def body() -> None:
        raise error

    with pytest.raises(dg.Failure) as failed:
        body()
    shown = str(failed.value.description)
    assert not problem(shown) and str(error) not in shown
    assert type(error).__name__ in shown


def test_a_run_tells_a_refusal_for_people_in_its_own_words() -> None:
    @refusing
    def body() -> None:
        raise EntryRefused("その提案はありません。")

    with pytest.raises(dg.Failure, match="その提案はありません"):
        body()
