"""One service for all tests."""

from collections.abc import Iterator

import pytest

from keys import public_jwk
from service import Service, serve


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The running service."""
    with serve(public_jwk) as running:
        yield running
