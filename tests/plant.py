"""Plant faults one at a time and see that a test notices each: `python -m tests.plant` (with pip's packages alone).

Each fault is planted in a copy of the project, where only the tests that should see it are run; those that live are
listed. `--only TEXT` tries the faults whose name holds a text, `--list` names them all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).parent))

from plants import catalog, code, words
from plants.fault import ROOT, Fault

COPIED = ("derive", "templates", "examples", "tests", "docs", "benchmarks", ".ci", "pyproject.toml", "README.md")
SECONDS = 900


def all_faults() -> list[Fault]:
    """Every fault, in the order of its kind."""
    return [*catalog.faults(), *code.faults(), *words.faults()]


def verdict(fault: Fault, folder: Path) -> str:
    """`seen`, `lived`, or what kept the tests from running; the copy in `folder` is then as it was."""
    path = folder / fault.path
    original = path.read_text(encoding="utf-8")
    path.write_text(fault.planted(original), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *fault.tests]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    finally:
        path.write_text(original, encoding="utf-8")
    if done.returncode == 0:
        return "lived"
    return "seen" if done.returncode in (1, 2) else f"pytest ended with {done.returncode}: {done.stdout[-300:]}"


def verdicts(faults: list[Fault], workers: int) -> Iterator[tuple[Fault, str]]:
    """Each fault with its verdict, in order; every worker has a copy of the project of its own."""
    with tempfile.TemporaryDirectory(prefix="plant-") as temporary:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            copies.put(_copy(Path(temporary) / str(number)))

        def work(fault: Fault) -> str:
            folder = copies.get()
            try:
                return verdict(fault, folder)
            finally:
                copies.put(folder)

        with ThreadPoolExecutor(workers) as pool:
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


def main() -> int:
    """Plant what is asked for, and list what lived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="plant the faults whose name holds this text")
    parser.add_argument("--list", action="store_true", help="name the faults and plant none")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    faults = [fault for fault in all_faults() if chosen.only in fault.name]
    if chosen.list:
        print("\n".join(fault.name for fault in faults))  # noqa: T201
        return 0
    lived = 0
    for number, (fault, found) in enumerate(verdicts(faults, chosen.workers), 1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{len(faults)} ")
        if found != "seen":
            lived += 1
            print(f"{found}: {fault.name}", flush=True)  # noqa: T201
    print(f"{len(faults)} faults planted, {lived} not seen")  # noqa: T201
    return 1 if lived else 0


if __name__ == "__main__":
    raise SystemExit(main())
