"""The conformance vectors, one test each."""

import pytest
import vectors

VECTORS = list(vectors.load())


def test_there_are_vectors() -> None:
    assert VECTORS, f"no vectors in {vectors.FOLDER}"


@pytest.mark.parametrize("vector", [vector for _, vector in VECTORS], ids=[name for name, _ in VECTORS])
def test_vector(vector: vectors.Vector) -> None:
    vectors.check(vector)
