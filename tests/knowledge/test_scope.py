import pytest

from savoirfaire.errors import ScopeError
from savoirfaire.knowledge.scope import HOUSE, ClientScope, check_name, client_of


@pytest.mark.parametrize("name", [HOUSE, "a", "7", "maison-durand", "a" * 64, "x--y", "2025-co"])
def test_client_names(name: str) -> None:
    """Lower-case letters, digits and inner hyphens name a client."""
    assert ClientScope(check_name(name)).client == name


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "Acme", "acme ", "acme\n", "-acme", "acme-", "a" * 65, "maison durand"),
        *("../rival", "a/b", "a\\b", ".", "..", "acme.lock", "acme%", "*", "é", "а", "acme\0"),  # noqa: RUF001 - a Cyrillic letter
    ],
)
def test_names_that_could_lead_elsewhere(name: str) -> None:
    """Nothing that could be a path, a pattern or another spelling names a client."""
    with pytest.raises(ScopeError):
        ClientScope(name)


@pytest.mark.parametrize("client", [None, 1, b"acme", ["acme"], ("acme", "rival"), True, object()])
def test_a_client_is_a_name(client: object) -> None:
    """A scope is of one client, by name."""
    with pytest.raises(ScopeError, match="the scope is empty"):
        ClientScope(client)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "scope", [None, "acme", "", {"client": "acme"}, ["acme"], type("S", (), {})]
)
def test_what_is_no_scope(scope: object) -> None:
    """A bare name, or nothing, is not taken for a scope."""
    with pytest.raises(ScopeError, match="there is no scope"):
        client_of(scope)  # type: ignore[arg-type]
