"""Three ways to make and to check a compact JWS, none of them ours."""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joserfc.errors
import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import import_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from keys import Jwk, Signer, b64u, unb64u

# PyJWT knows Ed25519 by its old name only.
jwt.register_algorithm("Ed25519", OKPAlgorithm())

Header = dict[str, Any]
Opened = tuple[Header, bytes]


@dataclass(frozen=True)
class Library:
    """`sign` takes exact payload bytes; `verify` gives header and payload, or raises `bad_signature`."""

    name: str
    sign: Callable[[Signer, Header, bytes], str]
    verify: Callable[[str, Jwk, str], Opened]
    bad_signature: type[Exception]


def _joserfc_registry(algorithm: str) -> jws.JWSRegistry:
    # Strict, it refuses header members it does not know, which RFC 7515 §4 wants ignored.
    return jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)


def _joserfc_sign(signer: Signer, header: Header, payload: bytes) -> str:
    key = import_key(signer.secret_jwk)
    with warnings.catch_warnings():
        # It warns of the name EdDSA; whoever uses it here wants to see it refused.
        warnings.simplefilter("ignore", joserfc.errors.SecurityWarning)
        return jws.serialize_compact(header, payload, key, registry=_joserfc_registry(header["alg"]))


def _joserfc_verify(token: str, jwk: Jwk, algorithm: str) -> Opened:
    opened = jws.deserialize_compact(token, import_key(jwk), registry=_joserfc_registry(algorithm))
    return opened.headers(), opened.payload


def _pyjwt_key(jwk: Jwk) -> Any:
    return (ECAlgorithm if jwk["kty"] == "EC" else OKPAlgorithm).from_jwk(jwk)


def _pyjwt_sign(signer: Signer, header: Header, payload: bytes) -> str:
    # It writes `typ: JWT` where nobody says otherwise.
    headers = {"typ": None, **header}
    return jwt.api_jws.encode(payload, _pyjwt_key(signer.secret_jwk), algorithm=header["alg"], headers=headers)


def _pyjwt_verify(token: str, jwk: Jwk, algorithm: str) -> Opened:
    opened = jwt.api_jws.decode_complete(token, _pyjwt_key(jwk), algorithms=[algorithm])
    return opened["header"], opened["payload"]


def _by_hand_sign(signer: Signer, header: Header, payload: bytes) -> str:
    text = f"{b64u(json.dumps(header).encode())}.{b64u(payload)}"
    if isinstance(signer.secret, Ed25519PrivateKey):
        return f"{text}.{b64u(signer.secret.sign(text.encode()))}"
    r, s = utils.decode_dss_signature(signer.secret.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _by_hand_verify(token: str, jwk: Jwk, algorithm: str) -> Opened:
    text, _, signature = token.rpartition(".")
    header, payload = (unb64u(segment) for segment in text.split("."))
    assert algorithm == "Ed25519"  # all that we sign with
    Ed25519PublicKey.from_public_bytes(unb64u(jwk["x"])).verify(unb64u(signature), text.encode())
    return json.loads(header), payload


LIBRARIES = [
    Library("joserfc", _joserfc_sign, _joserfc_verify, joserfc.errors.BadSignatureError),
    Library("PyJWT", _pyjwt_sign, _pyjwt_verify, jwt.InvalidSignatureError),
    Library("cryptography", _by_hand_sign, _by_hand_verify, InvalidSignature),
]
