//! What a token of this tenant says, once it is believed: a chain in either encoding, or an access token.
//!
//! The signature of one text is checked once and remembered; its times and its revocation are looked at every time.

use crate::{
    audit::{Event, Name},
    code::Code,
    http::{Context, Fault},
    tenant::Tenant,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    AgentId, Authority, Chain, Digest, Format, Limits, Refusal, TokenId, Trust, UnixTime, VerifiedChain,
    jose::JwkThumbprint, revocation::RevokedId,
};
use keybound_bindings::P256;
use serde_json::Value;
use std::sync::Arc;

/// A token that holds.
#[derive(Clone, Debug)]
pub(crate) struct Believed {
    /// In which form it came.
    pub(crate) form: Form,
    /// Its id.
    pub(crate) token: TokenId,
    /// The ids of the tokens from the root to it.
    pub(crate) lineage: Vec<TokenId>,
    /// The agent the service issued the root to; for an access token, the agent it is for.
    pub(crate) root_agent: Option<AgentId>,
    /// The agent that acts.
    pub(crate) agent: Option<AgentId>,
    /// The task.
    pub(crate) task: Option<String>,
    /// On whose behalf.
    pub(crate) principal: Option<String>,
    /// The OAuth client.
    pub(crate) client: Option<String>,
    /// Scopes.
    pub(crate) scope: Option<String>,
    /// Whom it is for; nothing when it does not say.
    pub(crate) audience: Vec<String>,
    /// What it grants.
    pub(crate) authority: Option<Authority>,
    /// The key it is bound to.
    pub(crate) bound_to: Option<JwkThumbprint>,
    /// When it was issued.
    pub(crate) issued_at: u64,
    /// When it ends.
    pub(crate) expires: u64,
    /// Delegations below the root.
    pub(crate) depth: u32,
    /// The depth at which its chain must end; an access token is not passed on.
    pub(crate) max_depth: u32,
    /// The digest of the token.
    pub(crate) leaf: Digest,
    /// What can revoke it.
    revoked_by: Vec<RevokedId>,
}

/// The forms of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A chain.
    Chain(Format),
    /// An access token (RFC 9068).
    Access,
}

impl Tenant {
    /// Believes a token, or says why not. An access token must be for one of the parties in `audience`; a chain is for whom it is for.
    ///
    /// # Errors
    /// Core's codes.
    pub(crate) fn believe(
        &self,
        text: &str,
        audience: &[String],
        now: UnixTime,
    ) -> Result<Arc<Believed>, Fault> {
        let digest = Digest::of(text.as_bytes());
        let believed = match self.checked.get(&digest) {
            Some(believed) => believed,
            None => {
                let believed = Arc::new(self.check(text, audience, &self.keys().trust, now)?);
                self.checked.insert(digest, believed.clone());
                believed
            }
        };
        if now.as_secs() >= believed.expires {
            return Err(Refusal::from(keybound::Code::Expired).into());
        }
        // It was not when the token was checked, but the clock may have been set back since.
        if believed.issued_at > now.as_secs().saturating_add(Limits::default().skew.into()) {
            return Err(Refusal::from(keybound::Code::IssuedInFuture).into());
        }
        // What was remembered for one party is not for another.
        if believed.form == Form::Access && !believed.audience.iter().any(|name| audience.contains(name)) {
            return Err(Refusal::from(keybound::Code::NotOurAudience).into());
        }
        if self.feed.has_one_of(&believed.revoked_by, now) {
            return Err(Refusal::from(keybound::Code::Revoked).into());
        }
        Ok(believed)
    }

    /// What a token said at a time that has passed, whatever has happened to it since: for records of what was decided then.
    ///
    /// # Errors
    /// Core's codes.
    pub(crate) fn believe_then(
        &self,
        text: &str,
        audience: &[String],
        then: UnixTime,
    ) -> Result<Believed, Fault> {
        self.check(text, audience, &self.keys().past_trust, then)
    }

    fn check(
        &self,
        text: &str,
        audience: &[String],
        trust: &Trust,
        now: UnixTime,
    ) -> Result<Believed, Fault> {
        if is_access_token(text) {
            return self.check_access_token(text, audience, now);
        }
        let bytes = if text.starts_with('{') || text.contains('.') {
            text.as_bytes().to_vec()
        } else {
            BASE64URL.decode(text).map_err(|_| Refusal::from(keybound::Code::BadBase64))?
        };
        let verified = Chain::parse(&bytes)?.verify(trust, now)?;
        Ok(of_chain(&verified))
    }

    fn check_access_token(&self, text: &str, audience: &[String], now: UnixTime) -> Result<Believed, Fault> {
        let token = self.access_tokens(audience, true).open(text)?.decide(&P256, now)?;
        let claims: Value = serde_json::from_str(token.claims_json()).unwrap_or_default();
        let member = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let actor = claims.pointer("/act/sub").and_then(Value::as_str);
        let agent = AgentId::parse(actor.unwrap_or_else(|| token.client_id())).ok();
        let details = claims.pointer("/authorization_details/0/tools").map(Value::to_string);
        let id = TokenId::from_text(token.id());
        let task = member("txn");
        let mut revoked_by = vec![RevokedId::token(&id)];
        revoked_by.extend(agent.as_ref().map(RevokedId::agent));
        revoked_by.extend(task.as_deref().map(RevokedId::task));
        Ok(Believed {
            form: Form::Access,
            token: id,
            lineage: vec![id],
            root_agent: agent.clone(),
            task,
            // Without an agent the client acts for itself.
            principal: agent
                .as_ref()
                .filter(|agent| token.subject() != agent.as_str())
                .map(|_| token.subject().to_owned()),
            agent,
            client: Some(token.client_id().to_owned()),
            scope: token.scope().map(str::to_owned),
            audience: token.audience().to_vec(),
            authority: details.map(|tools| Authority::from_json(&tools)).transpose()?,
            bound_to: token.bound_to().copied(),
            issued_at: claims.get("iat").and_then(Value::as_u64).unwrap_or_default(),
            expires: token.expires().as_secs(),
            depth: 0,
            max_depth: 0,
            leaf: Digest::of(text.as_bytes()),
            revoked_by,
        })
    }
}

impl Believed {
    /// Says in an event what it is about.
    pub(crate) fn describe(&self, context: &Context, event: &mut Event) {
        event.agent = self.agent.clone();
        event.token = Some(self.token);
        event.task = self.task.as_deref().and_then(Name::parse);
        event.orchestrator = self.root_agent.as_ref().and_then(|agent| Name::parse(agent.orchestrator()));
        event.principal = self.principal.as_ref().map(|user| context.keys.ring.pseudonyms.principal(user));
    }

    /// The chain or token, as it must be to end or renew a session: what the service itself gave the agent.
    ///
    /// # Errors
    /// `token.wrong_subject` for what was delegated, and for what no agent holds.
    pub(crate) fn own_agent(&self) -> Result<&AgentId, Fault> {
        self.root_agent.as_ref().filter(|_| self.depth == 0).ok_or_else(|| Code::WrongSubject.into())
    }
}

/// Whether the header of a compact JWS says that it is an access token.
fn is_access_token(text: &str) -> bool {
    let header = text.split('.').next().and_then(|header| BASE64URL.decode(header).ok()).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    let typ = header.get("typ").and_then(Value::as_str).unwrap_or_default();
    matches!(typ, "at+jwt" | "application/at+jwt")
}

fn of_chain(chain: &VerifiedChain) -> Believed {
    let hops = chain.lineage();
    let mut revoked_by: Vec<RevokedId> = chain.task().map(RevokedId::task).into_iter().collect();
    for hop in &hops {
        revoked_by.push(RevokedId::token(&hop.token_id));
        revoked_by.push(RevokedId::chain(hop.digest));
        revoked_by.push(RevokedId::thumbprint(&hop.holder));
        revoked_by.extend(hop.agent.as_ref().map(RevokedId::agent));
    }
    let (first, last) = (hops.first(), hops.last());
    Believed {
        form: Form::Chain(chain.format()),
        token: last.map_or(TokenId::from_bytes([0; 16]), |hop| hop.token_id),
        lineage: hops.iter().map(|hop| hop.token_id).collect(),
        root_agent: first.and_then(|hop| hop.agent.clone()),
        agent: chain.agent().cloned(),
        task: chain.task().map(str::to_owned),
        principal: chain.principal().map(str::to_owned),
        client: None,
        scope: None,
        audience: chain.audience().unwrap_or_default().to_vec(),
        authority: Some(chain.authority().clone()),
        bound_to: Some(chain.holder().jwk_thumbprint()),
        issued_at: last.map_or(0, |hop| hop.issued_at.as_secs()),
        expires: chain.expires().as_secs(),
        depth: last.map_or(0, |hop| hop.depth),
        max_depth: chain.max_depth(),
        leaf: last.map_or(Digest::of(&[]), |hop| hop.digest),
        revoked_by,
    }
}
