"""Plant faults one at a time and see that a test notices each: `python -m tests.plant` (with pip's packages alone).

Each fault is planted in a copy of the project, where only the tests that should see it are run; those that live are
listed. The tests are run without a fault before, and nothing is planted where one of them fails then. `--only TEXT`
tries the faults whose name holds a text, `--list` names them all.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).parent))

from plants import array_lines, catalog, derivation, pages, printing, words
from plants.fault import ROOT, Fault

COPIED = ("derive", "templates", "examples", "tests", "docs", "benchmarks", ".ci", "pyproject.toml", "README.md")
SECONDS = 900


def all_faults() -> list[Fault]:
    """Every fault, in the order of its kind."""
    return [
        *catalog.faults(),
        *derivation.faults(),
        *array_lines.faults(),
        *printing.faults(),
        *pages.faults(),
        *words.faults(),
    ]


def run_tests(folder: Path, tests: Iterable[str], *, keep_bytecode: bool = False) -> tuple[int, str]:
    """What pytest returns for some tests in a copy of the project, and the first failure or the last line it prints.

    Raises `subprocess.TimeoutExpired` after `SECONDS`.
    """
    options = ("-o", "addopts=", "-x", "-q", "-m", "not exhaustive", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *options, *tests]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environment = {**inherited, "PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment["HYPOTHESIS_PROFILE"] = "planted"  # a fault that is seen need not be made small
    if not keep_bytecode:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    lines = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()
    return done.returncode, next((line for line in lines if line.startswith(("FAILED", "ERROR"))), lines[-1])


def unsound(folder: Path, faults: Iterable[Fault]) -> str:
    """Why the tests of some faults cannot tell anything: they fail without a fault, or none of them runs; else empty."""
    for tests in dict.fromkeys(fault.tests for fault in faults):
        code, line = run_tests(folder, tests, keep_bytecode=True)
        if code or not re.search(r"\d+ passed", line):
            return f"without a fault, pytest {' '.join(tests)} ended with {code} ({line}); nothing was planted"
    return ""


def verdict(fault: Fault, folder: Path) -> str:
    """`seen`, `lived`, or what kept the tests from running; the copy in `folder` is then as it was.

    The time of the file is put back too, so that the bytecode of the first run stays valid.
    """
    path = folder / fault.path
    original, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(fault.planted(original), encoding="utf-8")
    os.utime(path, (times.st_atime, times.st_mtime + 2))  # bytecode tells files of one size apart by whole seconds
    try:
        code, line = run_tests(folder, fault.tests)
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    finally:
        path.write_text(original, encoding="utf-8")
        os.utime(path, (times.st_atime, times.st_mtime))
    if code == 0:
        return "lived"
    return "seen" if code in (1, 2) else f"pytest ended with {code} ({line})"


def verdicts(faults: list[Fault], folders: list[Path]) -> Iterator[tuple[Fault, str]]:
    """Each fault with its verdict, in order; every folder is a copy of the project."""
    copies: SimpleQueue[Path] = SimpleQueue()
    for folder in folders:
        copies.put(folder)

    def work(fault: Fault) -> str:
        folder = copies.get()
        try:
            return verdict(fault, folder)
        finally:
            copies.put(folder)

    with ThreadPoolExecutor(len(folders)) as pool:
        yield from zip(faults, pool.map(work, faults), strict=True)


def _copy(folder: Path) -> Path:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        elif source.exists():
            shutil.copy(source, folder / name)
    (folder / "output").mkdir()
    return folder


def plant(faults: list[Fault], workers: int) -> int:
    """How many faults lived, each printed as it is found. Raises `SystemExit` where the tests fail without a fault."""
    lived = 0
    with tempfile.TemporaryDirectory(prefix="plant-") as temporary:
        folders = [_copy(Path(temporary) / "0")]
        if problem := unsound(folders[0], faults):
            raise SystemExit(problem)
        folders += [
            Path(shutil.copytree(folders[0], Path(temporary) / str(number))) for number in range(1, max(1, workers))
        ]
        for number, (fault, found) in enumerate(verdicts(faults, folders), 1):
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number}/{len(faults)} ")
            if found != "seen":
                lived += 1
                print(f"{found}: {fault.name}", flush=True)  # noqa: T201
    return lived


def main() -> int:
    """Plant what is asked for, list what lived, and print the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="plant the faults whose name holds this text")
    parser.add_argument("--list", action="store_true", help="name the faults and plant none")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    faults = [fault for fault in all_faults() if chosen.only in fault.name]
    if chosen.list:
        print("\n".join(fault.name for fault in faults))  # noqa: T201
        return 0
    lived = plant(faults, chosen.workers)
    spent = os.times()
    seconds = spent.user + spent.system + spent.children_user + spent.children_system
    print(f"{len(faults)} faults planted, {len(faults) - lived} seen, {lived} lived; {seconds:.0f} s of CPU")  # noqa: T201
    return 1 if lived else 0


if __name__ == "__main__":
    raise SystemExit(main())
