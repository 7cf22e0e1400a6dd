"""Build the distributions and try the wheel as a user would: in a clean environment, elsewhere.

Exits with a message at the first thing that is wrong.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("agents", "graphs", "tools", "knowledge", "evals")
PACKAGED = {".py", ".md", ".mo", ".po", ".mako", ".typed"}

IMPORTS = """
import importlib, pkgutil, sys
import savoirfaire
for folder in sys.argv[1:]:
    package = importlib.import_module("savoirfaire." + folder)
    modules = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    # Those need an extra, or pytest itself.
    apart = (".migrations", "postgres", ".pytest_plugin")
    names = [found.name for found in modules if not any(each in found.name for each in apart)]
    for name in names:
        importlib.import_module(name)
    print(f"{package.__name__}: {len(names)} modules imported")
    assert "site-packages" in list(package.__path__)[0], package.__path__
"""


def main() -> None:
    """Build, look inside, install, run."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--outdir", str(place), str(ROOT))
        wheel, source = next(place.glob("*.whl")), next(place.glob("*.tar.gz"))
        look_inside(wheel, source)
        python = install(wheel, place / "clean")
        savoir = python.parent / "savoir"
        run(str(savoir), "--help", cwd=place)
        run(str(savoir), "init", "trial", "--language", "fr", cwd=place)
        run(str(savoir), "settings", cwd=place / "trial")
        run(str(python), "-c", IMPORTS, *FOLDERS, cwd=place)
    sys.stdout.write("the package is in order\n")


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a command, apart from this environment's own paths."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, cwd=cwd, env=environ)  # noqa: S603 - our own commands


def look_inside(wheel: Path, source: Path) -> None:
    """Every module, prompt, migration and catalogue of the repository is in both."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    with tarfile.open(source) as archive:
        sent = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {path.relative_to(ROOT / "src") for path in expected()}
    missing = sorted(path.as_posix() for path in wanted if path.as_posix() not in packed)
    missing += sorted(f"src/{path}" for path in wanted if f"src/{path.as_posix()}" not in sent)
    if missing:
        sys.exit("not in the package: " + ", ".join(missing))


def expected() -> list[Path]:
    """The files that belong in the package, by the names they have there."""
    package = ROOT / "src" / "savoirfaire"
    tops = [path for path in package.rglob("*") if path.suffix in PACKAGED]
    linked = [
        package / folder / path.relative_to(ROOT / folder)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in PACKAGED
    ]
    return [path for path in {*tops, *linked} if path.is_file()]


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel into a new environment and give its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(
        str(python), "-m", "pip", "install", "--quiet", "--constraint", str(constraints), str(wheel)
    )
    return python


if __name__ == "__main__":
    main()
