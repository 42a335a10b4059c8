//! Making tokens: what the policy granted, signed by the tenant's key.

use super::{Context, Fault, auth::at, wish};
use crate::{
    audit::{Event, Grant as AuditGrant, Name, Operation},
    code::Code,
    hex,
    keys::Purpose,
    policy::{Terms, TokenFormat},
    random::AsRandom,
    store::{NewStatus, Step},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    AccessGrant, AgentId, Authority, Digest, Format, Grant, TokenId,
    jose::{JwkThumbprint, Key},
};
use serde::Serialize;
use serde_json::{Value, json};

/// For whom tokens are made.
pub(crate) struct Recipient<'a> {
    /// The agent.
    pub(crate) agent: &'a AgentId,
    /// The agent of the session: the same, or the one that delegated to it.
    pub(crate) root: &'a AgentId,
    /// The orchestrator, as records name it.
    pub(crate) orchestrator: &'a str,
    /// The task.
    pub(crate) task: &'a str,
    /// On whose behalf.
    pub(crate) principal: Option<&'a str>,
    /// The key that was proved.
    pub(crate) key: &'a Key,
    /// Tokens that what is made came from.
    pub(crate) lineage: &'a [TokenId],
    /// Whether it stands beside the token it came from, and goes with that one.
    pub(crate) is_derived: bool,
}

/// A token, made and signed.
pub(crate) struct Minted {
    /// Its id.
    pub(crate) id: TokenId,
    /// Its digest.
    pub(crate) digest: Digest,
    /// What it is called in the answer.
    pub(crate) answer: Credential,
    /// What must be written with it.
    pub(crate) steps: Vec<Step>,
    /// When it expires.
    pub(crate) expires: u64,
    /// What it grants.
    pub(crate) tools: Vec<String>,
    /// How many delegations it allows.
    pub(crate) depth: u32,
}

/// A token as a client gets it (RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9396 §7).
#[derive(Clone, Serialize)]
pub(crate) struct Credential {
    /// The token.
    pub(crate) access_token: String,
    /// How it is used: `DPoP` (RFC 9449), `PoP` (RFC 9200) for a chain of CWTs, `aat` for one of AAT-02.
    pub(crate) token_type: &'static str,
    /// Which form it has.
    pub(crate) issued_token_type: &'static str,
    /// Seconds until it expires.
    pub(crate) expires_in: u64,
    /// What it grants.
    pub(crate) authorization_details: Value,
    /// Whom it is for.
    pub(crate) resource: Vec<String>,
    /// Its id, as revocations and records name it.
    pub(crate) token_id: String,
}

impl Context {
    /// Makes one token within `terms` that lives `ttl` seconds.
    ///
    /// # Errors
    /// `request.key_not_ed25519`, the signer's, core's.
    pub(crate) async fn mint(&self, terms: &Terms, ttl: u64, to: &Recipient<'_>) -> Result<Minted, Fault> {
        let format = terms.formats().first().copied().unwrap_or(TokenFormat::Cwt);
        let id = TokenId::generate_v7(&mut AsRandom(self.app.random()), self.now)?;
        let began = std::time::Instant::now();
        let (text, digest, steps) = match format {
            TokenFormat::AccessToken => self.mint_access_token(terms, ttl, to, id).await?,
            TokenFormat::Cwt => self.mint_chain(terms, ttl, to, id, Format::Cwt).await?,
            TokenFormat::Aat => self.mint_chain(terms, ttl, to, id, Format::Aat).await?,
        };
        self.app.metrics().signed(began.elapsed());
        let tools: Vec<String> = terms.tools().tools().map(str::to_owned).collect();
        Ok(Minted {
            id,
            digest,
            steps,
            expires: self.seconds().saturating_add(ttl),
            depth: if format == TokenFormat::AccessToken { 0 } else { terms.depth() },
            answer: Credential {
                access_token: text,
                token_type: match format {
                    TokenFormat::Cwt => "PoP",
                    TokenFormat::Aat => "aat",
                    TokenFormat::AccessToken => "DPoP",
                },
                issued_token_type: wish::token_type(format),
                expires_in: ttl,
                authorization_details: granted(terms.tools(), terms.audience()),
                resource: terms.audience().to_vec(),
                token_id: id.to_text(),
            },
            tools,
        })
    }

    async fn mint_chain(
        &self,
        terms: &Terms,
        ttl: u64,
        to: &Recipient<'_>,
        id: TokenId,
        format: Format,
    ) -> Result<(String, Digest, Vec<Step>), Fault> {
        let Key::Ed25519(holder) = to.key else { return Err(Code::KeyNotEd25519.into()) };
        let mut grant = Grant::new(&self.tenant.issuer, holder.clone(), terms.tools().clone())
            .audience(terms.audience())
            .agent(to.agent.clone())
            .task(to.task)
            .lifetime(u32::try_from(ttl).unwrap_or(u32::MAX))
            .max_depth(terms.depth())
            .format(format);
        // A chain always names its principal: an agent on nobody's behalf acts for itself.
        grant = grant.principal(to.principal.unwrap_or(to.agent.as_str()));
        let signer = self.keys.ring.signer(Purpose::Authority)?;
        let prepared = grant.prepare(signer.public_key(), id, self.now)?;
        let signature = signer.sign(prepared.to_be_signed()).await?;
        let chain = prepared.finish(&signature)?;
        let bytes = chain.as_bytes();
        let digest = chain.leaf_digest()?;
        let text = match format {
            Format::Aat => lone_token(bytes).ok_or(Code::Internal)?,
            _ => BASE64URL.encode(bytes),
        };
        // The list is how a token's descendants are found when it is revoked; a delegated chain carries its own ancestors.
        let steps = match to.is_derived {
            true => vec![self.listed(self.status_place().await?, ttl, to, id)],
            false => Vec::new(),
        };
        Ok((text, digest, steps))
    }

    fn listed(&self, place: u64, ttl: u64, to: &Recipient<'_>, id: TokenId) -> Step {
        Step::Status(NewStatus {
            place,
            token: id.to_string(),
            agent: to.agent.to_string(),
            root: to.root.to_string(),
            lineage: to.lineage.iter().map(TokenId::to_string).collect(),
            expires: self.seconds().saturating_add(ttl),
        })
    }

    async fn mint_access_token(
        &self,
        terms: &Terms,
        ttl: u64,
        to: &Recipient<'_>,
        id: TokenId,
    ) -> Result<(String, Digest, Vec<Step>), Fault> {
        let subject = to.principal.unwrap_or(to.agent.as_str());
        let place = self.status_place().await?;
        let grant = AccessGrant::bound(
            &self.tenant.issuer,
            subject,
            to.agent.as_str(),
            terms.audience(),
            to.key.thumbprint(),
        )
        .tools(terms.tools().clone())
        .scope(&terms.tools().tools().collect::<Vec<_>>().join(" "))
        .task(to.task)
        .actor(to.agent.clone())
        .status(u32::try_from(place % STATUSES).unwrap_or_default(), &self.status_list(place))
        .lifetime(u32::try_from(ttl).unwrap_or(u32::MAX));
        let text = self.sign_access_token(grant, id).await?;
        let step = self.listed(place, ttl, to, id);
        let digest = Digest::of(text.as_bytes());
        let (text, handle) = self.handed_out(text, self.seconds().saturating_add(ttl))?;
        Ok((text, digest, handle.into_iter().chain([step]).collect()))
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// The signer's, core's.
    pub(crate) async fn sign_access_token(&self, grant: AccessGrant, id: TokenId) -> Result<String, Fault> {
        let signer = self.keys.ring.signer(Purpose::Access)?;
        let prepared = grant.prepare(signer.public_key(), id, self.now)?;
        let signature = signer.sign(prepared.to_be_signed()).await?;
        Ok(prepared.finish(&signature)?.as_str().to_owned())
    }

    /// A place of the tenant's status list. A node sets a thousand aside at a time.
    async fn status_place(&self) -> Result<u64, Fault> {
        const BLOCK: u64 = 1000;
        let mut places = self.tenant.statuses.lock().await;
        if let Some(place) = places.next() {
            return Ok(place);
        }
        let first = self.app.store().reserve_statuses(&self.tenant.name, BLOCK).await?;
        *places = first..first.saturating_add(BLOCK);
        places.next().ok_or_else(|| Code::Internal.into())
    }

    /// Where the list is published that has a place.
    pub(crate) fn status_list(&self, place: u64) -> String {
        self.tenant.url(&format!("/status-lists/{}", place / STATUSES))
    }

    /// The event of a token that was issued.
    pub(crate) fn issued(
        &self,
        operation: Operation,
        grant: AuditGrant,
        to: &Recipient<'_>,
        minted: &Minted,
    ) -> Event {
        let mut event = self.event(operation);
        event.grant = Some(grant);
        event.agent = Some(to.agent.clone());
        event.orchestrator = Name::parse(to.orchestrator);
        event.task = Name::parse(to.task);
        event.principal = to.principal.map(|principal| self.keys.ring.pseudonyms.principal(principal));
        event.token = Some(minted.id);
        event.parent = to.lineage.last().copied();
        event.lineage = to.lineage.iter().copied().chain([minted.id]).collect();
        event.audience = minted.answer.resource.iter().filter_map(|name| Name::parse(name)).collect();
        event.tools_granted = minted.tools.iter().filter_map(|name| Name::parse(name)).collect();
        event.depth = Some(minted.depth.into());
        event.leaf = Some(minted.digest);
        event.expires = Some(at(minted.expires));
        event.actor = Name::parse("holder");
        event
    }

    /// The tools that were asked for, as a record may show them: by name where the workflow declares them.
    pub(crate) fn requested(&self, workflow: &str, tools: impl IntoIterator<Item = String>) -> Vec<Name> {
        let policy = self.tenant.policy();
        let declared = policy.policy.workflow(workflow);
        let shown = |tool: String| {
            let is_declared = declared.is_some_and(|workflow| workflow.tool(&tool).is_some());
            self.keys.ring.pseudonyms.declared_or_pseudonym(&tool, is_declared)
        };
        tools.into_iter().take(64).map(shown).collect()
    }
}

/// Statuses in one list (draft-ietf-oauth-status-list-21 §13.2 has what that costs): 16 KiB before compression.
pub(crate) const STATUSES: u64 = 1 << 17;

/// What is granted, as `authorization_details` say it (RFC 9396 §7).
pub(crate) fn granted(tools: &Authority, audience: &[String]) -> Value {
    let tools: Value = serde_json::from_str(&tools.to_json()).unwrap_or_default();
    json!([{ "type": wish::DETAILS, "tools": tools, "locations": audience }])
}

/// The root of a chain of AAT-02 as the draft's token endpoint hands it out: a JWT, which an `Authorization` header can carry (SPEC 14.2).
fn lone_token(chain: &[u8]) -> Option<String> {
    let chain: Value = serde_json::from_slice(chain).ok()?;
    chain.pointer("/aat_chain/0").and_then(Value::as_str).map(str::to_owned)
}

/// A thumbprint as the store keeps it.
pub(crate) fn holder_text(key: &JwkThumbprint) -> String {
    hex::encode(key.as_bytes())
}
