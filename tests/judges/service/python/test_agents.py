"""Agents: a first token for a launch token, renewals, an access token for one server, and on behalf of a user."""

import json
import time
from typing import Any

import joserfc.errors
import jwskate
import jwt
import pytest
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry, decode
from jwt.algorithms import OKPAlgorithm
from requests_oauth2client import DPoPKey, DPoPToken

from clients import AAT, ACCESS, CWT, ID_TOKEN, MAIL, TOOLS
from clients import agent, agent_client, client, ed25519, exchange, first, launch, log_in, refused
from keys import KEYS
from service import Service

every_form = pytest.mark.parametrize("form", [CWT, AAT, ACCESS], ids=["cwt", "aat", "at+jwt"])
GRANT = (400, "invalid_grant")


def details(amount: int, *locations: str) -> str:
    """Payments up to an amount."""
    arguments = {"invoice_id": {"constraint_type": "wildcard"}, "amount": {"constraint_type": "range", "max": amount}}
    detail = {"type": "attenuating_agent_token", "tools": {"pay_invoice": arguments}, "locations": locations or [TOOLS]}
    return json.dumps([detail])


def granted(token: DPoPToken) -> int:
    """The amount that was granted."""
    most: int = token.kwargs["authorization_details"][0]["tools"]["pay_invoice"]["amount"]["max"]
    return most


@every_form
def test_a_launch_token_becomes_a_first_token_once(service: Service, form: str) -> None:
    launched = launch(service, log_in(service, "payables"))
    token = first(service, launched, ed25519(), requested_token_type=form, resource=TOOLS)
    assert token.kwargs["issued_token_type"] == form
    assert token.kwargs["agent_id"].startswith("spiffe://default.example/agent/payables/close-2026-11/")
    refused(lambda: first(service, launched, ed25519(), requested_token_type=form), *GRANT, "launch.used")


def test_a_launch_token_of_nobody_is_refused_and_so_is_one_without_a_proof(service: Service) -> None:
    launched = launch(service, log_in(service, "payables"))
    refused(lambda: first(service, "kbl_" + 48 * "A", ed25519()), *GRANT, "launch.unknown")
    data = {"grant_type": "urn:keybound:params:oauth:grant-type:launch-token", "launch_token": launched}
    refused(lambda: agent_client(service).token_request(data), 400, "invalid_dpop_proof", "dpop.missing")
    refused(lambda: first(service, launched, DPoPKey.generate()), 400, "invalid_request", "request.key_not_ed25519")
    assert first(service, launched, DPoPKey.generate(), requested_token_type=ACCESS)


def test_a_first_token_is_within_the_workflow(service: Service) -> None:
    assert granted(agent(service, authorization_details=details(20))) == 20
    refused(lambda: agent(service, authorization_details=details(501)), 403, "invalid_scope", "policy.outside_ceiling")
    refused(lambda: agent(service, resource="https://no.example"), 403, "invalid_target", "policy.audience_not_allowed")


@every_form
def test_a_renewal_is_for_the_same_key_no_wider_and_the_last(service: Service, form: str) -> None:
    held = agent(service, requested_token_type=form, authorization_details=details(100))
    refused(lambda: exchange(service, held, ed25519()), 400, "invalid_dpop_proof", "proof.not_the_holder")
    wider = details(200)
    refused(lambda: exchange(service, held, authorization_details=wider), 403, "invalid_scope", "policy.outside_ceiling")
    renewed = exchange(service, held, authorization_details=details(50))
    assert (renewed.kwargs["renewals"], granted(renewed)) == (1, 50)
    assert renewed.kwargs["agent_id"] == held.kwargs["agent_id"]
    refused(lambda: exchange(service, held), *GRANT, "revocation.revoked")
    assert exchange(service, renewed).kwargs["renewals"] == 2


def access(service: Service, held: DPoPToken, **more: Any) -> DPoPToken:
    """An access token for one server."""
    return exchange(service, held, **{"requested_token_type": ACCESS, "resource": TOOLS, **more})


def published(service: Service) -> list[dict[str, Any]]:
    """The service's keys."""
    found = agent_client(service).authorization_server_jwks
    assert found is not None
    return [dict(key) for key in found.jwks]


def test_a_chain_becomes_an_access_token_for_one_server(service: Service) -> None:
    held = agent(service, authorization_details=details(100, TOOLS, MAIL))
    assert granted(access(service, held, authorization_details=details(10))) == 10
    wider, elsewhere = details(101), "https://no.example"
    refused(lambda: access(service, held, authorization_details=wider), 403, "invalid_scope", "policy.outside_ceiling")
    refused(lambda: access(service, held, resource=elsewhere), 403, "invalid_target", "policy.audience_not_allowed")
    refused(lambda: access(service, held, resource=None), 400, "invalid_request", "request.missing_parameter")
    refused(lambda: access(service, held, key=ed25519()), 400, "invalid_dpop_proof", "proof.not_the_holder")


def test_pyjwt_believes_the_access_token(service: Service) -> None:
    token = access(service, agent(service))
    header = jwt.get_unverified_header(token.access_token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "Ed25519")
    named = next(key for key in published(service) if key["kid"] == header["kid"])
    another = next(key for key in published(service) if key["kid"] != header["kid"])
    algorithms = jwt.PyJWT()
    # It knows Ed25519 by its old name only.
    algorithms._jws.register_algorithm("Ed25519", OKPAlgorithm())

    def opened(jwk: dict[str, str], audience: str = TOOLS, issuer: str = service.issuer) -> dict[str, Any]:
        key = OKPAlgorithm.from_jwk(jwk)
        return algorithms.decode(token.access_token, key, algorithms=["Ed25519"], audience=audience, issuer=issuer)

    claims = opened(named)
    assert claims["cnf"]["jkt"] == token.dpop_key.dpop_jkt
    with pytest.raises(jwt.InvalidSignatureError):
        opened(another)
    with pytest.raises(jwt.InvalidAudienceError):
        opened(named, audience=MAIL)
    with pytest.raises(jwt.InvalidIssuerError):
        opened(named, issuer=service.other)


def test_joserfc_believes_the_access_token(service: Service) -> None:
    token = access(service, agent(service))
    keys = KeySet.import_key_set({"keys": published(service)})
    registry = JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    opened = decode(token.access_token, keys, registry=registry)
    wanted: dict[str, Any] = {"iss": {"value": service.issuer}, "aud": {"value": TOOLS}}
    JWTClaimsRegistry(**wanted).validate(opened.claims)
    assert opened.claims["act"]["sub"].startswith("spiffe://default.example/")
    with pytest.raises(joserfc.errors.InvalidClaimError):
        JWTClaimsRegistry(**{**wanted, "aud": {"value": MAIL}}).validate(opened.claims)
    head, body, signature = token.access_token.split(".")
    turned = ("A" if signature[0] != "A" else "B") + signature[1:]
    with pytest.raises(joserfc.errors.BadSignatureError):
        decode(f"{head}.{body}.{turned}", keys, registry=registry)


def test_a_root_of_aat_02_is_a_jws_by_a_published_key(service: Service) -> None:
    token = agent(service, requested_token_type=AAT)
    jws = jwskate.JwsCompact(token.access_token)

    def is_signed_by(keys: list[dict[str, str]], signature: jwskate.JwsCompact = jws) -> bool:
        # The library wants to be told the old name of the algorithm; the signature is the same.
        known = (OKPAlgorithm.from_jwk({name: key[name] for name in ("kty", "crv", "x")}) for key in keys)
        return any(OKPAlgorithm().verify(signature.signed_part, key, bytes(signature.signature)) for key in known)

    assert is_signed_by(published(service))
    stranger = dict(jwskate.Jwk.generate(alg="EdDSA").public_jwk())
    assert not is_signed_by([stranger])


def id_token(service: Service, signer: str = "staff", **change: Any) -> str:
    """A user's token by the trusted issuer."""
    now = int(time.time())
    claims = {"iss": "https://login.example", "sub": "ada", "aud": service.issuer, "iat": now, "exp": now + 300, **change}
    key = jwskate.Jwk({**KEYS[signer], "kid": KEYS["staff"].kid})
    return str(jwskate.Jwt.sign(claims, key=key, alg="ES256", typ="JWT"))


def test_an_agent_acts_for_a_user_who_sent_a_token_and_for_no_other(service: Service) -> None:
    held = agent(service)

    def on_behalf_of(user: str, **actor: Any) -> DPoPToken:
        by = actor or {"actor_token": held.access_token, "actor_token_type": CWT}
        asked: dict[str, Any] = {"subject_token": user, "subject_token_type": ID_TOKEN, "requested_token_type": ACCESS, "resource": TOOLS}
        token = agent_client(service).token_exchange(dpop=True, dpop_key=held.dpop_key, **asked, **by)
        assert isinstance(token, DPoPToken)
        return token

    now = int(time.time())
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"aud": "https://no.example"}, "attest.wrong_audience"),
        ({"iat": now - 900, "exp": now - 600}, "attest.expired"),
        ({"iss": "https://no.example"}, "attest.unknown_issuer"),
        ({"signer": "stranger"}, "attest.bad_signature"),
    ]
    for change, code in refusals:
        user = id_token(service, **change)
        refused(lambda: on_behalf_of(user), *GRANT, code)
    alone: dict[str, Any] = {"actor_token": None}
    refused(lambda: on_behalf_of(id_token(service), **alone), 400, "invalid_request", "request.missing_parameter")
    claims = jwskate.SignedJwt(on_behalf_of(id_token(service)).access_token).claims
    assert claims["sub"] == "https://login.example#ada"
    assert claims["act"]["sub"] == held.kwargs["agent_id"]


@every_form
def test_those_whom_a_token_is_for_are_told_that_it_holds(service: Service, form: str) -> None:
    held = agent(service, requested_token_type=form, resource=TOOLS)
    told = client(service, "tools").introspect_token(held.access_token)
    assert (told["active"], told["txn"]) == (True, "close-2026-11")
    assert told["act"]["sub"] == held.kwargs["agent_id"]
    assert client(service, "mail").introspect_token(held.access_token) == {"active": False}
    code = "client.scope_missing"
    refused(lambda: client(service, "payables").introspect_token(held.access_token), 401, "invalid_client", code)
    stranger = client(service, "tools", key="stranger")
    refused(lambda: stranger.introspect_token(held.access_token), 401, "invalid_client", "client.refused")


@every_form
def test_the_orchestrator_that_launched_an_agent_ends_its_token(service: Service, form: str) -> None:
    held = agent(service, requested_token_type=form, resource=TOOLS)
    tools = client(service, "tools")
    revoke = {"token_type_hint": None}
    closing = client(service, "closing")
    refused(lambda: closing.revoke_token(held.access_token, **revoke), 403, "unauthorized_client", "client.not_allowed")
    assert tools.introspect_token(held.access_token)["active"]
    assert client(service, "payables").revoke_token(held.access_token, **revoke)
    assert tools.introspect_token(held.access_token) == {"active": False}
    refused(lambda: exchange(service, held), *GRANT, "revocation.revoked")
