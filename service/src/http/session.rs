//! Who an agent is for and how it came to be, as a session keeps it.

use super::{
    Context, Fault,
    auth::agent_id,
    launch::instance,
    mint::{Minted, Recipient, holder_text},
};
use crate::{
    audit::{Event, Grant, Name, Operation},
    code::Code,
    policy::{Action, Ask, Principal, Terms, Wish},
    store::{Intent, NewSession, SessionRow, Step},
};
use keybound::jose::Key;
use serde::{Deserialize, Serialize};

/// What is settled about an agent before it has a key.
#[derive(Clone)]
pub(crate) struct Origin {
    /// Who launched it.
    pub(crate) orchestrator: String,
    /// What kind of run it is.
    pub(crate) workflow: String,
    /// The task.
    pub(crate) task: String,
    /// On whose behalf.
    pub(crate) principal: Option<Principal>,
    /// What its platform showed, if it did.
    pub(crate) attested: Option<Shown>,
}

/// What a platform showed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// The identity, as the policy's patterns see it.
    pub(crate) identity: String,
    /// The hash of who vouched for whom (A18).
    pub(crate) evidence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    id: String,
    tier: Option<String>,
    groups: Vec<String>,
}

impl Origin {
    /// Reads what a session keeps.
    ///
    /// # Errors
    /// `service.internal` when it cannot be read.
    pub(crate) fn of(row: &SessionRow) -> Result<Self, Fault> {
        let attested = if row.evidence.is_empty() { None } else { Some(read(&row.evidence)?) };
        Ok(Self {
            orchestrator: row.orchestrator.clone(),
            workflow: row.workflow.clone(),
            task: row.task.clone(),
            principal: row.principal.as_deref().map(principal).transpose()?,
            attested,
        })
    }

    /// The terms that today's policy grants to such an agent (I8), as far as it wishes.
    ///
    /// # Errors
    /// `policy.*`.
    pub(crate) fn terms_today(&self, context: &Context, action: Action, wish: Wish) -> Result<Terms, Fault> {
        let mut ask = Ask::new(action, &self.workflow, &self.orchestrator);
        ask.wish = wish;
        ask.principal = self.principal.clone();
        ask.attested = self.attested.as_ref().map(|shown| shown.identity.clone());
        Ok(context.tenant.policy().policy.decide(&ask)?)
    }

    /// Says in an event what it is about.
    pub(crate) fn describe(&self, context: &Context, event: &mut Event) {
        event.orchestrator = Name::parse(&self.orchestrator);
        event.workflow = Name::parse(&self.workflow);
        event.task = Name::parse(&self.task);
        event.principal =
            self.principal.as_ref().map(|user| context.keys.ring.pseudonyms.principal(user.id()));
    }
}

/// A user as the database keeps one.
pub(crate) fn principal_text(principal: &Principal) -> String {
    let user = User {
        id: principal.id().to_owned(),
        tier: principal.tier().map(str::to_owned),
        groups: principal.groups().map(str::to_owned).collect(),
    };
    serde_json::to_string(&user).unwrap_or_default()
}

/// A user as the database kept one.
///
/// # Errors
/// `service.internal` when it cannot be read.
pub(crate) fn principal(text: &str) -> Result<Principal, Fault> {
    let user: User = read(text)?;
    Ok(Principal::new(&user.id, user.tier.as_deref(), user.groups.iter().map(String::as_str))?)
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Code::Internal.into())
}

/// What is to be written, and what is then answered.
pub(crate) struct Plan {
    /// Checks and changes.
    pub(crate) steps: Vec<Step>,
    /// Records.
    pub(crate) events: Vec<Event>,
    /// The tokens.
    pub(crate) answer: Answer,
}

/// What a token request is answered with: the first token as OAuth has it, and all of them.
#[derive(Clone, Serialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    first: super::mint::Credential,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<super::mint::Credential>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    /// Seconds until the session ends, whatever is renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_expires_in: Option<u64>,
    /// Seconds after which to renew: three quarters of the life of the token that ends first (L3).
    #[serde(skip_serializing_if = "Option::is_none")]
    renew_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewals: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl Answer {
    /// The answer with these tokens.
    ///
    /// # Errors
    /// `service.internal` when there is none.
    pub(crate) fn of(minted: &[Minted]) -> Result<Self, Fault> {
        let credentials: Vec<_> = minted.iter().map(|minted| minted.answer.clone()).collect();
        let first = credentials.first().cloned().ok_or(Code::Internal)?;
        let shortest = credentials.iter().map(|credential| credential.expires_in).min().unwrap_or_default();
        let scope = minted.first().map(|minted| minted.tools.join(" "));
        let credentials = if credentials.len() > 1 { credentials } else { Vec::new() };
        Ok(Self {
            first,
            credentials,
            agent_id: None,
            session_expires_in: None,
            renew_in: Some(shortest.saturating_mul(3) / 4),
            renewals: None,
            heartbeat: None,
            scope,
        })
    }

    /// Whose they are, and for how long.
    #[must_use]
    pub(crate) fn for_session(mut self, agent: &str, left: u64, heartbeat: u64) -> Self {
        self.agent_id = Some(agent.to_owned());
        self.session_expires_in = Some(left);
        self.heartbeat = (heartbeat > 0).then_some(heartbeat);
        self
    }
}

impl Context {
    /// Begins a session: a fresh instance with the tokens it wishes for.
    ///
    /// # Errors
    /// `policy.*`, those of minting.
    pub(crate) async fn begin(
        &self,
        origin: &Origin,
        terms: &Terms,
        wishes: &[Wish],
        key: &Key,
        grant: Grant,
    ) -> Result<Plan, Fault> {
        let agent =
            agent_id(&self.tenant.trust_domain, &origin.orchestrator, &origin.task, &instance(self)?)?;
        let to = Recipient {
            agent: &agent,
            root: &agent,
            orchestrator: &origin.orchestrator,
            task: &origin.task,
            principal: origin.principal.as_ref().map(Principal::id),
            key,
            lineage: &[],
            is_derived: false,
        };
        let minted = self.mint_all(terms, wishes, &to, self.seconds(), None).await?;
        let latest = minted.iter().map(|minted| minted.expires).max().unwrap_or_default();
        let session = NewSession {
            agent: agent.to_string(),
            orchestrator: origin.orchestrator.clone(),
            workflow: origin.workflow.clone(),
            task: origin.task.clone(),
            principal: origin.principal.as_ref().map(principal_text),
            holder: holder_text(&key.thumbprint()),
            evidence: origin
                .attested
                .as_ref()
                .map_or(Ok(String::new()), serde_json::to_string)
                .unwrap_or_default(),
            terms: terms.to_json().map_err(|_| Fault::from(Code::Internal))?,
            started: self.seconds(),
            ends: self.seconds().saturating_add(terms.session()),
            tokens: minted.iter().map(|minted| minted.id.to_string()).collect(),
            latest,
            heartbeat: terms.heartbeat(),
        };
        let mut steps = vec![Step::Begin(Box::new(session))];
        steps.extend(minted.iter().flat_map(|minted| minted.steps.clone()));
        let events = self.events(Operation::TokenIssued, grant, origin, &to, terms, &minted);
        let answer = Answer::of(&minted)?.for_session(agent.as_str(), terms.session(), terms.heartbeat());
        Ok(Plan { steps, events, answer })
    }

    /// Makes a token for each wish, within the terms of a session that began at `started`; what comes of a token that is shown
    /// does not outlive it: `until` is when that one ends.
    ///
    /// # Errors
    /// `policy.*`, those of minting.
    pub(crate) async fn mint_all(
        &self,
        terms: &Terms,
        wishes: &[Wish],
        to: &Recipient<'_>,
        started: u64,
        until: Option<u64>,
    ) -> Result<Vec<Minted>, Fault> {
        let left = until.map_or(u64::MAX, |until| until.saturating_sub(self.seconds()));
        let mut minted = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let terms = terms.narrow(wish)?;
            let ttl = terms.lifetime(started, self.seconds())?.min(left);
            minted.push(self.mint(&terms, ttl, to).await?);
        }
        Ok(minted)
    }

    /// One event for each token.
    pub(crate) fn events(
        &self,
        operation: Operation,
        grant: Grant,
        origin: &Origin,
        to: &Recipient<'_>,
        terms: &Terms,
        minted: &[Minted],
    ) -> Vec<Event> {
        let event = |minted: &Minted| {
            let mut event = self.issued(operation, grant, to, minted);
            event.workflow = Name::parse(&origin.workflow);
            event.rule = Name::parse(&terms.rule());
            self.app.metrics().issued(grant, minted.depth);
            event
        };
        minted.iter().map(event).collect()
    }

    /// Writes a plan and answers it, or records why not.
    ///
    /// # Errors
    /// Why not.
    pub(crate) async fn settle(
        &self,
        denied: Event,
        first: Vec<Step>,
        planned: Result<Plan, Fault>,
    ) -> Result<Answer, Fault> {
        let plan = match planned {
            Ok(plan) => plan,
            Err(fault) => return Err(self.refuse(denied, fault).await),
        };
        let steps = first.into_iter().chain(plan.steps).collect();
        let tenant = self.tenant.name.clone();
        let done = self.write(Intent { tenant, steps, events: plan.events, denied: Some(denied) }).await?;
        let mut answer = plan.answer;
        answer.renewals = (done.renewals > 0).then_some(done.renewals);
        Ok(answer)
    }
}
