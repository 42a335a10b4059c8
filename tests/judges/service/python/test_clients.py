"""Clients: they find the server, log in with private_key_jwt and DPoP, and ask it for something."""

from datetime import datetime, timedelta, timezone
from typing import Any

import jwskate
import pytest
import requests
from requests_oauth2client import DPoPKey, DPoPToken, PrivateKeyJwt

from clients import TASK, client, discover, ed25519, forbidden, launch, log_in, refused
from keys import KEYS
from service import Service

REFUSED = (401, "invalid_client", "client.refused")
orchestrators = pytest.mark.parametrize("name", ["payables", "closing"], ids=lambda name: KEYS[name].alg)


def test_the_metadata_is_found_by_the_issuer_id(service: Service) -> None:
    found = client(service, "payables")
    assert found.issuer == service.issuer
    assert found.token_endpoint == f"{service.issuer}/token"
    assert found.authorization_server_jwks.jwks
    # Of an issuer with a path RFC 8414 section 3.1 has the metadata there, where the library does not look by itself.
    at = f"{service.issuer}/.well-known/oauth-authorization-server/t/other"
    assert discover(service.other, found.auth, at).token_endpoint == f"{service.other}/token"


def test_the_metadata_of_one_issuer_is_not_anothers(service: Service) -> None:
    auth = PrivateKeyJwt("payables", KEYS["payables"])
    with pytest.raises(Exception, match="[Ii]ssuer"):
        discover(service.other, auth, f"{service.issuer}/.well-known/oauth-authorization-server")


@orchestrators
def test_a_client_logs_in_after_it_was_told_the_nonce(service: Service, name: str) -> None:
    key = DPoPKey.generate()
    assert key.as_nonce is None
    token = log_in(service, name, dpop_key=key)
    assert key.as_nonce is not None
    assert (token.token_type, token.scope) == ("DPoP", "launch")
    claims = jwskate.SignedJwt(token.access_token).claims
    assert (claims["cnf"]["jkt"], claims["aud"], claims["client_id"]) == (key.dpop_jkt, [service.issuer], name)
    assert launch(service, token)


@orchestrators
def test_an_assertion_for_the_endpoint_is_refused(service: Service, name: str) -> None:
    """What this library writes when nobody says otherwise; rfc7523bis has the issuer id alone."""
    unsaid = client(service, name, aud=None)
    refused(lambda: unsaid.client_credentials(dpop=True), *REFUSED)
    another = client(service, name, aud=service.other)
    refused(lambda: another.client_credentials(dpop=True), *REFUSED)


@orchestrators
def test_an_assertion_by_another_key_is_refused(service: Service, name: str) -> None:
    stranger = client(service, name, key="stranger")
    refused(lambda: stranger.client_credentials(dpop=True), *REFUSED)
    forged = jwskate.Jwk({**KEYS["stranger"], "kid": KEYS[name].kid})
    auth = PrivateKeyJwt(name, forged, aud=service.issuer)
    refused(lambda: discover(service.issuer, auth).client_credentials(dpop=True), *REFUSED)


@orchestrators
@pytest.mark.parametrize("lifetime", [-60, 3600])
def test_an_assertion_that_expired_or_lives_too_long_is_refused(service: Service, name: str, lifetime: int) -> None:
    odd = client(service, name, lifetime=lifetime)
    refused(lambda: odd.client_credentials(dpop=True), *REFUSED)
    assert log_in(service, name)


@orchestrators
def test_an_assertion_is_taken_once(service: Service, name: str) -> None:
    again = client(service, name, jti_gen=lambda: f"the same for {name}")
    assert again.client_credentials(dpop=True)
    refused(lambda: again.client_credentials(dpop=True), 401, "invalid_client", "proof.replayed")


def test_without_a_proof_there_is_no_token(service: Service) -> None:
    bare = client(service, "payables")
    refused(lambda: bare.client_credentials(dpop=False), 400, "invalid_request", "client.unbound")


def test_a_client_narrows_its_scope_and_cannot_widen_it(service: Service) -> None:
    assert log_in(service, "operator", scope="launch audit").scope == "launch audit"
    refused(lambda: log_in(service, "payables", scope="launch admin"), 403, "invalid_scope", "client.scope_missing")


class OddKey(DPoPKey):
    """Signs proofs that say something else than the request."""

    def __init__(self, odd: dict[str, Any]) -> None:
        super().__init__(jwskate.Jwk.generate(alg="ES256"))
        object.__setattr__(self, "odd", odd)

    def proof(self, htm: str, htu: str, ath: str | None = None, nonce: str | None = None) -> jwskate.SignedJwt:
        """The proof with what is odd."""
        said = {"htm": htm, "htu": htu, "ath": ath, "nonce": nonce, **getattr(self, "odd")}
        return super().proof(**said)


@pytest.mark.parametrize(
    ("odd", "error", "code"),
    [
        ({"htu": "http://127.0.0.1:1/token"}, "invalid_dpop_proof", "dpop.wrong_uri"),
        ({"htm": "GET"}, "invalid_dpop_proof", "dpop.wrong_method"),
    ],
)
def test_a_proof_for_another_request_is_refused(service: Service, odd: dict[str, Any], error: str, code: str) -> None:
    refused(lambda: log_in(service, "payables", dpop_key=OddKey(odd)), 400, error, code)
    assert log_in(service, "payables", dpop_key=OddKey({}))


def test_a_proof_without_our_nonce_is_asked_to_try_again(service: Service) -> None:
    forgetful = OddKey({"nonce": None})
    asked = client(service, "payables")
    with pytest.raises(Exception, match="nonce"):
        asked.client_credentials(dpop=True, dpop_key=forgetful)


def post(service: Service, token: Any, path: str = "/launch") -> requests.Response:
    """A request of a protected resource."""
    return requests.post(service.issuer + path, json=TASK, auth=token, timeout=10)


def test_a_token_is_worth_nothing_without_its_key(service: Service) -> None:
    token = log_in(service, "payables")
    assert post(service, token).status_code == 201
    stolen = DPoPToken(access_token=token.access_token, _dpop_key=DPoPKey.generate())
    forbidden(post(service, stolen), 400, "dpop.wrong_key")
    bare = requests.post(f"{service.issuer}/launch", json=TASK, headers={"authorization": f"Bearer {token}"}, timeout=10)
    forbidden(bare, 401, "client.token_refused")
    assert bare.headers["www-authenticate"].startswith("DPoP ")


def test_a_proof_is_fresh_and_taken_once(service: Service) -> None:
    token = log_in(service, "payables")
    late = datetime.now(tz=timezone.utc) - timedelta(minutes=10)
    key = token.dpop_key.private_key
    stale = DPoPKey(key, iat_generator=lambda: int(late.timestamp()))
    forbidden(post(service, DPoPToken(access_token=token.access_token, _dpop_key=stale)), 400, "proof.stale")
    same = DPoPToken(access_token=token.access_token, _dpop_key=DPoPKey(key, jti_generator=lambda: "the same"))
    assert post(service, same).status_code == 201
    forbidden(post(service, same), 400, "proof.replayed")


def test_a_scope_does_not_reach_further(service: Service) -> None:
    token = log_in(service, "mail")
    forbidden(post(service, token), 403, "client.scope_missing")
    launched = post(service, log_in(service, "closing"))
    assert launched.status_code == 201


def test_an_orchestrator_launches_its_own_workflows_alone(service: Service) -> None:
    assert launch(service, log_in(service, "closing"), workflow="ledger")
    token = log_in(service, "payables", dpop_key=ed25519())
    body = {**TASK, "workflow": "ledger"}
    forbidden(requests.post(f"{service.issuer}/launch", json=body, auth=token, timeout=10), 403, "policy.not_your_workflow")
