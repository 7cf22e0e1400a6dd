"""What an account team starts from: a client whose files are ingested, and a request."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.workspace import Workspace

Ingested = Callable[[Mapping[str, str], str], None]


@pytest.fixture
def ingested(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    savoir: Callable[..., Any],
    tmp_path: Path,
) -> Ingested:
    """Ingest files of the client acme, and write a request, in a workspace that is gone to."""

    def prepare(texts: Mapping[str, str], request: str) -> None:
        files = tmp_path / "files"
        for name, text in texts.items():
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            (files / name).write_text(text, encoding="utf-8")
        monkeypatch.chdir(workspace.folder)
        Path("request.yaml").write_text(request, encoding="utf-8")
        assert savoir("client", "add", "acme").code == 0
        assert savoir("ingest", "acme", files).code == 0

    return prepare
