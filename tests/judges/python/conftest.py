"""Gives every test its benches, and sees to it that they were used."""

from collections.abc import Iterator

import pytest

from bench import Bench, Benches


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Benches]:
    """Makes benches; when the test is over, says what happened at them."""
    made: list[Bench] = []

    def make(judge: str, direction: str, thing: str) -> Bench:
        made.append(Bench(judge, direction, thing))
        return made[-1]

    yield make
    assert made, "nobody judged"
    for one in made:
        assert one.accepted > 0, f"nothing honest was accepted: {one}"
        assert one.refused > 0, f"no control was refused: {one}"
        request.node.user_properties.append(("judged", one))
