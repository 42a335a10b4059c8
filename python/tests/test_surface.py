"""The stub says what the package has, and the package is quick to import."""

import inspect
import subprocess
import sys
from pathlib import Path

import keybound
import pytest

SAMPLE = """
from keybound import *
from keybound import Code
from keybound.constraint import exact, range
from keybound.httpx import KeyboundAuth
from keybound.revocation import RevocationClient

key: SigningKey = SigningKey.generate()
chain: Chain = Chain.issue(
    key, issuer="i", to=key.public_key, tools={"pay": {"amount": range(max=5), "to": exact("x")}}, audience="a"
)
request = Request("pay", {"amount": 1}, "a")
permit: Permit = chain.verify(Trust({"i": key.public_key}, "a")).authorize(request, Proof.sign(key, chain, request))
try:
    chain.delegate(key, to=key.public_key, ttl=60)
except Denied as refusal:
    code: Code = refusal.code
    link: int | None = refusal.link
    step: str | None = refusal.step
    expected, received = refusal.expected, refusal.received

aat = Chain.issue(key, issuer="i", to=key.public_key, tools="{}", audience="a", format="aat")
presentation: Presentation = Presentation.parse(Presentation(aat, Proof.sign(key, aat, request)).to_json().encode())
Trust({"i": key.public_key}, "a", proof_audience_required=False)
feed: RevocationFeed = RevocationFeed("i", [key.public_key], limits={"revocation_bytes": 5})
Trust({"i": key.public_key}, "a", revocation=feed)
Trust({"i": key.public_key}, "a", revocation=[feed, feed])
left: int = (feed.expires or 0) - (feed.next_update or 0) + (feed.seq or 0) + (feed.entries or 0) + feed.max_bytes
with RevocationClient("https://i.example", feed, interval=1, stream=True) as client:
    client.fetch()
    there: bool = client.wait(1.5)
guard: DpopGuard = DpopGuard(["https://a.example"], algorithms=["Ed25519", "ES256"], nonce_secret=b"")
guard = DpopGuard("https://a.example", binding_required=True, nonce_secret=b"", nonce_period=60, limits={"proof_age": 5})
call: DpopCall = DpopCall("GET", "/", nonce=guard.fresh_nonce() or "", tool="pay", arguments={"a": [1]})
token: AccessToken = AccessTokens("i", "a", "{}", bearer_allowed=True).check("a.b.c", 5)
accepted: DpopAccepted = guard.check([call.sign(key)], call, bound_to=token.bound_to or "", now=5)
same: bool = PublicKey.from_jwk(accepted.jwk).jwk_thumbprint == accepted.thumbprint
"""

MISTAKES = """
from keybound import Chain, SigningKey, Trust, Verifier

key = SigningKey.generate()
Chain.issue(key, issuer="i", to=key, tools={}, audience="a")
Chain.issue(key, "i", to=key.public_key, tools={}, audience="a")
Chain.parse("00")
Trust({}, "a", identity="maybe")
Verifier(Trust({}, "a")).authorize("", b"", None)
from keybound import AccessToken, AccessTokens, DpopAccepted, DpopCall, DpopGuard, Presentation, PublicKey
Chain.issue(key, issuer="i", to=key.public_key, tools={}, audience="a", format="jwt")
Presentation("{}")
Presentation.parse("{}")
PublicKey.from_jwk({})
DpopCall("GET", "u", access_token=None)
DpopCall("GET", "u", body="text")
DpopGuard("https://a.example", algorithms=["RS256"])
DpopGuard("https://a.example", nonce_secret="text")
DpopGuard("https://a.example").check(b"", DpopCall("GET", "u"))
AccessTokens("i", "a", {"keys": []})
def change(token: AccessToken, accepted: DpopAccepted) -> None:
    token.subject = "me"
    accepted.is_bound = True
Trust({}, "a", proof_audience_required="no")
from keybound import RevocationFeed
RevocationFeed("i", key)
Trust({}, "a", revocation=None)
RevocationFeed("i", key.public_key).apply("text")
RevocationFeed("i", key.public_key).seq = 5
"""


def run(*arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


def test_import_star_gives_what_all_names() -> None:
    space: dict[str, object] = {}
    exec("from keybound import *", space)
    assert sorted(name for name in space if name != "__builtins__") == sorted(keybound.__all__)
    for name in keybound.__all__:
        assert inspect.getdoc(getattr(keybound, name)) or name in ("__version__", "Code", "Family")
    assert keybound.Chain.__module__ == "keybound"


def test_the_stub_matches_the_package() -> None:
    pytest.importorskip("mypy")
    allowed = Path(__file__).parent / "stubtest.txt"
    result = run("-m", "mypy.stubtest", "keybound", "--allowlist", str(allowed))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_strict_checker_accepts_the_surface(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    sample, mistakes = tmp_path / "sample.py", tmp_path / "mistakes.py"
    sample.write_text(SAMPLE)
    mistakes.write_text(MISTAKES)
    result = run("-m", "mypy", "--strict", str(sample))
    assert result.returncode == 0, result.stdout
    result = run("-m", "mypy", "--strict", str(mistakes))
    lines = {line.split(":")[1] for line in result.stdout.splitlines() if ": error:" in line}
    right = {"10", "21", "25"}
    assert lines == {str(line) for line in range(5, 30)} - right, result.stdout


def test_import_is_quick_and_needs_nothing() -> None:
    script = (
        "import sys, time; before = set(sys.modules); start = time.perf_counter(); import keybound;"
        "print(time.perf_counter() - start);"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    seconds = []
    for _ in range(5):
        took, new = run("-c", script).stdout.splitlines()
        assert new.split() == ["keybound"]
        seconds.append(float(took))
    assert min(seconds) < 0.030, seconds
