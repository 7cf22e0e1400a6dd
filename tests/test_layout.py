import re
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("agents", "graphs", "tools", "knowledge", "evals")
TOP = {
    *(
        ".ci",
        ".gitattributes",
        ".gitignore",
        ".pre-commit-hooks.yaml",
        "AGENTS.md",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
    ),
    *("README.md", "constraints.txt", "docs", "examples", "langgraph.json", "pyproject.toml"),
    *("src", "tests", *FOLDERS),
}
# written in parts, so that this file is not what it looks for
LEAKS = re.compile(
    "|".join(
        (
            *("pypi" + r"\.org", "pythonhos" + "ted", r"registry\.npm" + "js", r"deb\.deb" + "ian"),
            *(r"(?<![\w.:/])/" + name + "/" for name in ("root", "work", "home/[a-z]+", "Users")),
        )
    )
)


def tracked() -> list[Path]:
    """The files in git, and those that would be added."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_link(folder: str) -> None:
    """Each of the five folders is reached through its link in the package."""
    link = ROOT / "src" / "savoirfaire" / folder
    assert link.is_dir(), (
        f"src/savoirfaire/{folder} is a file, not a link to the folder: "
        "run `git config core.symlinks true`, then `git checkout -- src/savoirfaire`"
    )
    assert link.resolve() == ROOT / folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_package_file_at_the_top(folder: str) -> None:
    """Without an __init__.py the folders shadow no installed distribution of the same name."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_no_conftest_at_the_root() -> None:
    """A conftest.py at the root would put the five folders first on the import path."""
    assert not (ROOT / "conftest.py").exists()


def test_nothing_unexpected_at_the_top() -> None:
    """The top of the repository holds what the layout names, and nothing else."""
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP


def test_no_registry_and_no_machine_path() -> None:
    """No file names a package registry's host or a folder of somebody's machine."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.is_file() and not path.is_symlink()
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1)
        if LEAKS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "leaks"),
    [
        ("index-url = https://" + "pypi" + ".org/simple", True),
        ("see /" + "home/zoe/notes", True),
        ("cd /" + "work/main", True),
        ("https://example.org/home/page and docs/home/x", False),
        ("a root/branch of the work/plan", False),
    ],
)
def test_what_counts_as_a_leak(line: str, leaks: bool) -> None:  # noqa: FBT001
    """An absolute path counts; the path of a web page or a relative one does not."""
    assert bool(LEAKS.search(line)) is leaks


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.invalid"])
def test_the_network_is_refused(host: str) -> None:
    """A test cannot leave this machine, by address or by name."""
    with pytest.raises(Exception, match="stay on loopback"):
        socket.create_connection((host, 80), timeout=0.1)


def test_loopback_is_open() -> None:
    """A test can talk to a server of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
