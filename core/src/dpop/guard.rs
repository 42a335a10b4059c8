//! Checking DPoP proofs: the twelve checks of RFC 9449 §4.3, and what they leave open.

use super::{Call, binding, proof::hash_of, uri};
use crate::{
    authorize::remember,
    code::Code,
    id::ProofId,
    jose::{Algorithms, Compact, Es256, Es256Check, Header, JwkThumbprint, Key, Signed, claim},
    json::Members,
    limits::{Limits, exceeds},
    memory::{ReplayEntry, ReplayStore},
    nonce::Nonces,
    proof::check_window,
    refusal::Refusal,
    time::UnixTime,
};
use alloc::{borrow::ToOwned, format, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// What a server keeps: who it is to its clients, what it accepts, its memory against replays. Cheap to clone; clones share the
/// memory.
#[derive(Clone)]
pub struct Guard {
    origins: Arc<[String]>,
    algorithms: Algorithms,
    nonces: Option<Nonces>,
    requires_binding: bool,
    limits: Limits,
    replay: Arc<dyn ReplayStore>,
}

impl Guard {
    /// A server whose clients reach it under these origins, such as `https://api.example.com`; a path may follow, where a
    /// proxy takes it off. Requests are compared with these and not with the `Host` they bring; so describe a [`Call`] by the
    /// request target as it came, and not by a URI that something put together with that `Host`.
    ///
    /// # Errors
    /// `request.bad` for an origin that is no `http` or `https` URI, has a query or a fragment, or when there is none.
    pub fn new<S: AsRef<str>>(
        origins: impl IntoIterator<Item = S>,
        replay: impl ReplayStore + 'static,
    ) -> Result<Self, Refusal> {
        let bad = || Refusal::new(Code::BadRequest).with_part("origin");
        let normal = |origin: S| {
            let origin = origin.as_ref();
            let plain = (uri::without_query(origin) == origin).then(|| uri::normal(origin)).flatten();
            plain.map(|form| form.trim_end_matches('/').to_owned()).ok_or_else(bad)
        };
        let origins = origins.into_iter().map(normal).collect::<Result<Arc<[_]>, _>>()?;
        if origins.is_empty() {
            return Err(bad());
        }
        let (algorithms, limits) = (Algorithms::DEFAULT, Limits::default());
        Ok(Self {
            origins,
            algorithms,
            nonces: None,
            requires_binding: false,
            limits,
            replay: Arc::new(replay),
        })
    }

    /// Accepts these algorithms; [`Algorithms::DEFAULT`] when not set.
    #[must_use]
    pub const fn algorithms(mut self, algorithms: Algorithms) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Demands one of these nonces in every proof. The nonce then dates the proof, not the client's clock (§4.3, check 11).
    #[must_use]
    pub fn nonces(mut self, nonces: Nonces) -> Self {
        self.nonces = Some(nonces);
        self
    }

    /// Refuses proofs that do not cover what the server says of the request: its body, or the tool and its arguments.
    #[must_use]
    pub const fn binding_required(mut self) -> Self {
        self.requires_binding = true;
        self
    }

    /// Other limits than the default ones: `proof_bytes`, `proof_age` and `proof_ahead` count here.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The nonce for the `DPoP-Nonce` header of an answer, when nonces are in use.
    pub fn fresh_nonce(&self, now: UnixTime) -> Option<String> {
        self.nonces.as_ref().map(|nonces| nonces.issue(now))
    }

    /// Reads the proof of a request: checks 1, 2, 4, 5 and 7. `headers` are the values of all its `DPoP` headers; `bound_to` is the
    /// key that the access token names (`cnf.jkt`).
    ///
    /// # Errors
    /// `dpop.missing`, `dpop.repeated`; `bytes.too_large`; `jose.*`, `envelope.*`, `key.*`; `claims.missing` without `jwk`;
    /// `dpop.wrong_key` when there is an access token and nobody says which key it is bound to.
    pub fn open(
        &self,
        headers: &[&str],
        call: &Call,
        bound_to: Option<&JwkThumbprint>,
    ) -> Result<Opened, Refusal> {
        let text = match headers {
            [] => return Err(Code::DpopMissing.into()),
            // Two values may also come joined by a comma (RFC 9110 §5.3), which no compact JWS has.
            [one] if !one.contains(',') => one.trim_matches([' ', '\t']),
            _ => return Err(Code::DpopRepeated.into()),
        };
        if exceeds(text.len(), self.limits.proof_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("proof"));
        }
        if call.access_token.is_some() && bound_to.is_none() {
            return Err(Code::DpopKey.into());
        }
        let compact = Compact::split(text)?;
        let jwk = |header: Header, members: &Members<'_>| {
            let jwk = members.get("jwk").ok_or_else(|| claim::missing("jwk"))?;
            Ok((header.algorithm, Key::from_node(jwk)?))
        };
        let (algorithm, key) = Header::read_with(compact.header, &["dpop+jwt"], self.algorithms, jwk)?;
        let signed = Signed::new(compact, algorithm, &key)?;
        let payload = compact.payload()?;
        Ok(Opened {
            guard: self.clone(),
            signed,
            payload,
            key,
            call: call.clone(),
            bound_to: bound_to.copied(),
        })
    }

    /// Check 9. Behind a proxy the server sees another URI than the client called, so it is put together from what is
    /// configured and the path alone: no path may reach into the origin, to another host or out of its prefix.
    fn check_uri(&self, htu: &str, target: &str) -> Result<(), Refusal> {
        let path = uri::path_of(target);
        let expected =
            || self.origins.iter().filter_map(|origin| Some(format!("{origin}{}", path.as_ref()?)));
        let received = uri::normal(htu);
        if received.is_some() && expected().any(|uri| Some(&uri) == received.as_ref()) {
            return Ok(());
        }
        let shown = expected().next().unwrap_or_else(|| target.to_owned());
        Err(Refusal::new(Code::DpopUri).with_difference(&shown, uri::without_query(htu)))
    }
}

/// A proof that has been read; its signature is still to be checked.
pub struct Opened {
    guard: Guard,
    signed: Signed,
    payload: Vec<u8>,
    key: Key,
    call: Call,
    bound_to: Option<JwkThumbprint>,
}

impl Opened {
    /// The check that a host has to make, if the proof is signed with ES256.
    pub const fn es256(&self) -> Option<&Es256Check> {
        self.signed.es256()
    }

    /// Decides: checks 6, 3 and 8 to 12, then what the proof covers beyond them, then the memory against replays.
    ///
    /// # Errors
    /// `proof.bad_signature`; `json.*`, `claims.*`; `dpop.wrong_method`, `dpop.wrong_uri` with both URIs, `dpop.use_nonce`,
    /// `proof.stale`, `proof.future`, `dpop.wrong_access_token`, `dpop.wrong_key`; `dpop.wrong_body`, `proof.wrong_tool`,
    /// `proof.wrong_arguments`, `dpop.not_bound`; `proof.replayed`, `proof.memory_full`.
    pub fn decide(self, es256: &dyn Es256, now: UnixTime) -> Result<Accepted, Refusal> {
        self.signed.verify(es256).map_err(|_| Code::BadProofSignature)?;
        self.judge(&Members::parse(&self.payload)?, now)
    }

    fn judge(&self, claims: &Members<'_>, now: UnixTime) -> Result<Accepted, Refusal> {
        let (guard, call) = (&self.guard, &self.call);
        // Check 3: all that must be there is there, before any of it is compared.
        let [id, method, target] = ["jti", "htm", "htu"].map(|name| claim::text(claims, name));
        let (id, method, target) = (id?, method?, target?);
        let issued_at = claim::past_or_future(claims, "iat")?;
        if method != call.method {
            return Err(Refusal::new(Code::DpopMethod).with_difference(&call.method, &method));
        }
        guard.check_uri(&target, &call.target)?;
        let until = self.check_time(claims, issued_at, now)?;
        if let Some(token) = &call.access_token
            && binding::text(claims, "ath")? != Some(&hash_of(token))
        {
            return Err(Code::DpopAccessToken.into());
        }
        let thumbprint = self.key.thumbprint();
        if self.bound_to.is_some_and(|bound| bound != thumbprint) {
            return Err(Code::DpopKey.into());
        }
        let is_bound = binding::check(claims, call)?;
        if guard.requires_binding && !is_bound {
            return Err(Code::DpopUnbound.into());
        }
        // The signature is no name for a proof: ES256 has two for each (r, s).
        let entry = ReplayEntry { holder: *thumbprint.as_bytes(), proof: ProofId::from_text(&id), until };
        remember(&*guard.replay, &entry, now)?;
        Ok(Accepted { key: self.key.clone(), thumbprint, id, is_bound })
    }

    /// Checks 10 and 11; gives the first second at which the proof would be refused.
    fn check_time(
        &self,
        claims: &Members<'_>,
        issued_at: UnixTime,
        now: UnixTime,
    ) -> Result<UnixTime, Refusal> {
        let nonce = binding::text(claims, "nonce")?;
        if self.call.nonce.is_some() && self.call.nonce.as_deref() != nonce {
            return Err(Code::DpopNonce.into());
        }
        if let Some(nonces) = &self.guard.nonces {
            return nonce
                .and_then(|nonce| nonces.good_until(nonce, now))
                .ok_or_else(|| Code::DpopNonce.into());
        }
        let limits = &self.guard.limits;
        check_window(issued_at, now, limits)?;
        Ok(issued_at.plus(limits.proof_age).plus(1))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dpop::Guard({:?})", self.origins)
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dpop::Opened")
    }
}

/// The evidence that a DPoP proof was checked, and holds. Only [`Opened::decide`] makes one.
#[derive(Clone, Debug)]
#[must_use = "evidence nobody looks at guards nothing"]
pub struct Accepted {
    key: Key,
    thumbprint: JwkThumbprint,
    id: String,
    is_bound: bool,
}

impl Accepted {
    /// The key that signed it.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The key's thumbprint: what an access token is to be bound to (`cnf.jkt`).
    pub const fn thumbprint(&self) -> &JwkThumbprint {
        &self.thumbprint
    }

    /// The proof's `jti`, as its maker wrote it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it covers all the server said of the request beyond method and URI: the body, the tool and its arguments.
    pub const fn is_bound(&self) -> bool {
        self.is_bound
    }
}
