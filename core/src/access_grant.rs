//! Issuing JWT access tokens (RFC 9068): for resource servers that know OAuth and nothing of chains.

use crate::{
    aat::seconds,
    agent::AgentId,
    authority::Authority,
    code::Code,
    grant::{DEFAULT_LIFETIME, sorted},
    id::TokenId,
    jose::{Compacted, JwkThumbprint},
    json::{Number, Object, Value},
    key::{PublicKey, SigningKey},
    limits::{Limits, exceeds},
    prepared::Prepared,
    refusal::Refusal,
    time::UnixTime,
    wire::read::is_name,
};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// What an issuer is about to put into an access token, bound to a key or said to be a bearer's.
#[derive(Clone, Debug)]
#[must_use = "a grant does nothing until it is signed"]
pub struct AccessGrant {
    issuer: String,
    subject: String,
    client_id: String,
    audience: Vec<String>,
    bound_to: Option<JwkThumbprint>,
    scope: Option<String>,
    authority: Option<Authority>,
    actor: Option<AgentId>,
    task: Option<String>,
    status: Option<(u32, String)>,
    lifetime: u32,
}

impl AccessGrant {
    /// A token of `issuer` for `client_id`, which acts for `subject` at the parties in `audience`, bound to the key of that thumbprint
    /// (RFC 9449 §6.1). At least one party.
    pub fn bound<S: AsRef<str>>(
        issuer: &str,
        subject: &str,
        client_id: &str,
        audience: impl IntoIterator<Item = S>,
        to: JwkThumbprint,
    ) -> Self {
        Self { bound_to: Some(to), ..Self::bearer(issuer, subject, client_id, audience) }
    }

    /// The same, bound to no key: whoever holds it can use it.
    pub fn bearer<S: AsRef<str>>(
        issuer: &str,
        subject: &str,
        client_id: &str,
        audience: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            client_id: client_id.to_owned(),
            audience: sorted(audience),
            bound_to: None,
            scope: None,
            authority: None,
            actor: None,
            task: None,
            status: None,
            lifetime: DEFAULT_LIFETIME,
        }
    }

    /// Scopes, separated by blanks (RFC 6749 §3.3).
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.to_owned());
        self
    }

    /// Tools and arguments, as the one `authorization_details` entry that AAT-02 §3.3 defines (RFC 9396 §9.1).
    pub fn tools(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The agent that acts for the subject (RFC 8693 §4.1).
    pub fn actor(mut self, agent: AgentId) -> Self {
        self.actor = Some(agent);
        self
    }

    /// The task, as `txn` (RFC 8417 §2.2).
    pub fn task(mut self, task: &str) -> Self {
        self.task = Some(task.to_owned());
        self
    }

    /// Where its status is published: an index of the Token Status List at `uri` (draft-ietf-oauth-status-list-21 §6.1).
    pub fn status(mut self, index: u32, uri: &str) -> Self {
        self.status = Some((index, uri.to_owned()));
        self
    }

    /// Life in seconds from now; [`DEFAULT_LIFETIME`] when not set.
    pub const fn lifetime(mut self, seconds: u32) -> Self {
        self.lifetime = seconds;
        self
    }

    /// Signs the token with the issuer's `key`.
    ///
    /// # Errors
    /// `claims.wrong`, `time.bad_lifetime`, `bytes.too_large`.
    pub fn sign(self, key: &SigningKey, id: TokenId, now: UnixTime) -> Result<Compacted, Refusal> {
        self.prepare(&key.public_key(), id, now)?.sign(key)
    }

    /// The first of three steps for an issuer whose key lives elsewhere.
    ///
    /// # Errors
    /// As [`AccessGrant::sign`].
    pub fn prepare(
        self,
        issuer_key: &PublicKey,
        id: TokenId,
        now: UnixTime,
    ) -> Result<Prepared<Compacted>, Refusal> {
        let limits = Limits::default();
        self.check(&limits)?;
        let text = Value::text_member;
        let audience = Value::Array(self.audience.iter().map(|name| name.as_str().into()).collect());
        let mut claims = vec![
            text("iss", &self.issuer),
            text("sub", &self.subject),
            text("client_id", &self.client_id),
            ("aud".into(), audience),
            ("exp".into(), seconds(now.plus(self.lifetime))),
            ("iat".into(), seconds(now)),
            text("jti", &id.to_text()),
        ];
        if let Some(key) = self.bound_to {
            claims.push(member("cnf", vec![text("jkt", &alloc::format!("{key}"))]));
        }
        if let Some(scope) = &self.scope {
            claims.push(text("scope", scope));
        }
        if let Some(authority) = &self.authority {
            let entry = vec![text("type", "attenuating_agent_token"), ("tools".into(), authority.to_value())];
            let details = Value::Array(vec![Value::Object(Object::of_distinct(entry))]);
            claims.push(("authorization_details".into(), details));
        }
        if let Some(agent) = &self.actor {
            claims.push(member("act", vec![text("sub", agent.as_str()), text("iss", &self.issuer)]));
        }
        if let Some(task) = &self.task {
            claims.push(text("txn", task));
        }
        if let Some((index, uri)) = &self.status {
            let index = Value::Number(Number::from_integer((*index).into())?);
            let list = member("status_list", vec![("idx".into(), index), text("uri", uri)]);
            claims.push(member("status", vec![list]));
        }
        let claims = Value::Object(Object::of_distinct(claims));
        let prepared = Compacted::prepare("at+jwt", &claims, issuer_key)?;
        if exceeds(prepared.to_be_signed().len(), limits.token_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("token"));
        }
        Ok(prepared)
    }

    /// What the reader will ask of names and times, asked before anything is signed.
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let wrong = |part| Err(Refusal::new(Code::WrongClaim).with_part(part));
        for (part, name) in [("iss", &self.issuer), ("sub", &self.subject), ("client_id", &self.client_id)] {
            if !is_name(name, limits) {
                return wrong(part);
            }
        }
        if self.audience.is_empty() || !self.audience.iter().all(|name| is_name(name, limits)) {
            return wrong("aud");
        }
        if self.lifetime == 0 {
            return Err(Code::BadLifetime.into());
        }
        Ok(())
    }
}

fn member(name: &str, members: Vec<(String, Value)>) -> (String, Value) {
    (name.into(), Value::Object(Object::of_distinct(members)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccessTokens,
        jose::{Jwks, NoEs256},
    };
    use alloc::format;

    #[test]
    fn what_is_issued_is_what_a_resource_server_believes() {
        let (issuer, agent) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let now = UnixTime::new(1_800_000_000).unwrap();
        let bound = agent.public_key().jwk_thumbprint();
        let grant =
            AccessGrant::bound("https://i.example", "user:1", "agent-1", ["https://a.example"], bound)
                .scope("read write")
                .tools(Authority::from_json(r#"{"read":{}}"#).unwrap())
                .actor(AgentId::parse("spiffe://a.example/agent/o/t/i").unwrap())
                .task("t")
                .status(7, "https://i.example/status/0");
        let token = grant.sign(&issuer, TokenId::from_bytes([9; 16]), now).unwrap();
        let (jwk, kid) = (issuer.public_key().to_jwk(), issuer.public_key().jwk_thumbprint());
        let jwk = jwk.replacen('{', &format!(r#"{{"kid":"{kid}","#), 1);
        let jwks = Jwks::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).unwrap();
        let open = |audience: &str| {
            let tokens = AccessTokens::new("https://i.example", [audience], jwks.clone());
            tokens.open(token.as_str()).unwrap().decide(&NoEs256, now)
        };
        let believed = open("https://a.example").unwrap();
        assert_eq!((believed.subject(), believed.client_id()), ("user:1", "agent-1"));
        assert_eq!(believed.bound_to(), Some(&bound));
        assert_eq!(believed.expires(), now.plus(DEFAULT_LIFETIME));
        for claim in [
            r#""authorization_details":[{"tools":{"read":{}},"type":"attenuating_agent_token"}]"#,
            r#""act":{"iss":"https://i.example","sub":"spiffe://a.example/agent/o/t/i"}"#,
            r#""status":{"status_list":{"idx":7,"uri":"https://i.example/status/0"}}"#,
            r#""txn":"t""#,
        ] {
            assert!(believed.claims_json().contains(claim), "{claim} in {}", believed.claims_json());
        }
        assert_eq!(open("https://b.example").unwrap_err().code(), Code::NotOurAudience);

        let unbound = AccessGrant::bearer("https://i.example", "s", "c", ["https://a.example"]);
        let unbound = unbound.sign(&issuer, TokenId::from_bytes([9; 16]), now).unwrap();
        let tokens = AccessTokens::new("https://i.example", ["https://a.example"], jwks);
        let refusal = tokens.open(unbound.as_str()).unwrap().decide(&NoEs256, now).unwrap_err();
        assert_eq!(refusal.code(), Code::AccessTokenUnbound);

        let nobody: [&str; 0] = [];
        let lost = AccessGrant::bound("https://i.example", "s", "c", nobody, bound);
        assert_eq!(
            lost.sign(&issuer, TokenId::from_bytes([9; 16]), now).unwrap_err().code(),
            Code::WrongClaim
        );
    }
}
