"""Runs every vector of a folder and prints `vectors: <n> passed`.

python run_vectors.py [folder]
"""

import sys
from pathlib import Path

import vectors


def main(arguments: list[str]) -> int:
    passed, failed = 0, 0
    for name, vector in vectors.load(Path(arguments[0]) if arguments else vectors.FOLDER):
        try:
            vectors.check(vector)
        except Exception as failure:
            failed += 1
            print(f"{name}: {type(failure).__name__}: {failure}", file=sys.stderr)
        else:
            passed += 1
    if failed or not passed:
        print(f"vectors: {passed} passed, {failed} failed", file=sys.stderr)
        return 1
    print(f"vectors: {passed} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
