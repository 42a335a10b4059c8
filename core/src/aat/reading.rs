//! A token's claims, once its signature has been checked (AAT-02 §3.2, §3.3).
//!
//! Each claim is read, or the reason kept why it is not, and judged in the draft's order: which of several faults is said
//! must not depend on the order of members.

use super::{DETAIL_TYPE, Token, missing, wrong};
use crate::{
    agent::AgentId,
    authority::Authority,
    claims::Claims,
    code::Code,
    id::TokenId,
    jose::{
        Key,
        claim::{self, integer},
    },
    json::{Members, Node},
    key::PublicKey,
    limits::Limits,
    link::Link,
    refusal::Refusal,
    rules::{self, Identity},
    time::UnixTime,
    wire::read::is_name,
};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec, vec::Vec};

/// A claim, or what is wrong with it.
pub(super) type Read<T> = Result<T, Refusal>;

/// What a token says.
pub(super) struct Reading {
    /// What spoils the whole: a repeated member, half a surrogate pair.
    pub(super) whole: Read<()>,
    pub(super) id: Read<String>,
    pub(super) issuer: Read<String>,
    pub(super) issued_at: Read<UnixTime>,
    /// An `iat` that our times cannot hold. No rule admits it, but each in its turn.
    pub(super) began_before_1970: bool,
    pub(super) expires: Read<UnixTime>,
    pub(super) depth: Read<u32>,
    pub(super) max_depth: Read<u32>,
    pub(super) parent: Option<Read<String>>,
    pub(super) holder: Read<PublicKey>,
    pub(super) details: Read<Details>,
    /// `None` when there is none. One of a wrong type names nobody, so that nobody accepts it (step 6c).
    pub(super) audience: Option<Vec<String>>,
    // Claims of RFC 7519 and of our profile (SPEC 14.4).
    pub(super) not_before: Option<Read<UnixTime>>,
    pub(super) principal: Option<Read<String>>,
    pub(super) task: Option<Read<String>>,
    pub(super) agent: Option<Read<AgentId>>,
}

/// What `authorization_details` says.
pub(super) struct Details {
    pub(super) is_empty: bool,
    /// How many entries are of the draft's type.
    pub(super) entries: usize,
    /// Whether the entry has tools in the shape of an object of objects. Fine when there is no entry.
    pub(super) shape: Read<()>,
    /// What the entry grants; nothing when there is none.
    pub(super) authority: Read<Authority>,
}

impl Reading {
    /// Reads the claims of a token, whose signature has been checked or whose holder reads it itself.
    pub(super) fn of(token: &Token, limits: &Limits) -> Self {
        match Node::parse(token.payload()) {
            Ok((Node::Object(members), fault)) => Self::from_members(&members, fault, limits),
            // The grammar was checked when the id was read.
            Ok(_) => Self::from_members(&Members::none(), Some(Code::NotAnObject), limits),
            Err(code) => Self::from_members(&Members::none(), Some(code), limits),
        }
    }

    fn from_members(members: &Members<'_>, fault: Option<Code>, limits: &Limits) -> Self {
        let get = |name| members.get(name);
        Self {
            whole: fault.map_or(Ok(()), |code| Err(code.into())),
            id: claim::text(members, "jti"),
            issuer: text(get("iss"), "iss"),
            issued_at: claim::past_or_future(members, "iat"),
            began_before_1970: get("iat").and_then(Node::as_integer).is_some_and(i64::is_negative),
            expires: claim::past_or_future(members, "exp"),
            depth: small(get("del_depth"), "del_depth"),
            max_depth: small(get("del_max_depth"), "del_max_depth"),
            parent: get("par_hash").map(|node| text(Some(node), "par_hash")),
            holder: holder(get("cnf")),
            details: Details::read(get("authorization_details"), limits),
            audience: get("aud").map(audience),
            not_before: claim::time(members, "nbf").transpose(),
            principal: get("sub").map(|node| name(node, "sub", limits)),
            task: get("txn").map(|node| name(node, "txn", limits)),
            agent: get("client_id")
                .map(|node| AgentId::parse(node.as_text().ok_or_else(|| wrong("client_id"))?)),
        }
    }

    /// What identity it claims must be well-formed. A verifier that asks for none looks past what is not.
    pub(super) fn check_identity(&self) -> Read<()> {
        let fault = |part: Option<&Refusal>| part.cloned().map_or(Ok(()), Err);
        fault(self.principal.as_ref().and_then(|read| read.as_ref().err()))?;
        fault(self.task.as_ref().and_then(|read| read.as_ref().err()))?;
        fault(self.agent.as_ref().and_then(|read| read.as_ref().err()))
    }

    /// The link of a child that holds. Where identity is required it must be its parent's; a verifier that asks for none must
    /// not refuse what it does not ask for (AAT-02 §3.2), so it forgets each part that only the child's signer says.
    pub(super) fn into_child(
        mut self,
        token: &Token,
        ancestors: &[Arc<Link>],
        is_required: bool,
    ) -> Result<Arc<Link>, Refusal> {
        let root = ancestors.first().ok_or(Code::EmptyChain)?.claims();
        let check = |identity| rules::check_identity(ancestors, root, &identity);
        let none = Identity::default();
        let principal = self.principal.as_ref().and_then(|read| read.as_deref().ok());
        let task = self.task.as_ref().and_then(|read| read.as_deref().ok());
        let agent = self.agent.as_ref().and_then(|read| read.as_ref().ok());
        let fitting = [
            check(Identity { principal, ..none }),
            check(Identity { task, ..none }),
            check(Identity { agent, ..none }),
        ];
        if is_required {
            fitting.into_iter().collect::<Read<()>>()?;
        } else {
            let [principal, task, agent] = fitting;
            self.principal = self.principal.filter(|_| principal.is_ok());
            self.task = self.task.filter(|_| task.is_ok());
            self.agent = self.agent.filter(|_| agent.is_ok());
        }
        into_link(self, token, false)
    }

    /// The claims, when every fault that counts has been ruled out; a root names its issuer, a child has its parent's holder.
    pub(super) fn into_claims(self, is_root: bool) -> Read<Claims> {
        let issuer = self.issuer?;
        Ok(Claims {
            issuer: is_root.then_some(issuer),
            principal: self.principal.and_then(Result::ok),
            audience: self.audience,
            expires: self.expires?,
            not_before: self.not_before.transpose()?,
            issued_at: self.issued_at?,
            id: TokenId::from_text(&self.id?),
            holder: self.holder?,
            authority: self.details?.authority?,
            depth: self.depth?,
            max_depth: self.max_depth?,
            agent: self.agent.and_then(Result::ok),
            task: self.task.and_then(Result::ok),
        })
    }
}

impl Details {
    fn read(node: Option<&Node<'_>>, limits: &Limits) -> Read<Self> {
        let part = "authorization_details";
        let all = node.ok_or_else(|| missing(part))?.as_array().ok_or_else(|| wrong(part))?;
        let is_ours = |entry: &&Members<'_>| entry.get("type").and_then(Node::as_text) == Some(DETAIL_TYPE);
        let mut ours = all.iter().filter_map(Node::as_object).filter(is_ours);
        let entry = ours.next();
        let entries = ours.count().saturating_add(usize::from(entry.is_some()));
        let tools = entry.map(|entry| tools_of(entry));
        let (shape, authority) = match tools {
            None => (Ok(()), Ok(Authority::empty())),
            Some(Err(refusal)) => (Err(refusal.clone()), Err(refusal)),
            Some(Ok(tools)) => (Ok(()), authority(tools, limits)),
        };
        Ok(Self { is_empty: all.is_empty(), entries, shape, authority })
    }
}

/// The tools of an entry, if they have the shape of an object of objects (steps 3m and 4n).
fn tools_of<'m, 'a>(entry: &'m Members<'a>) -> Read<&'m Node<'a>> {
    let tools = entry.get("tools").ok_or_else(|| missing("tools"))?;
    let shaped =
        tools.as_object().is_some_and(|tools| tools.iter().all(|(_, map)| map.as_object().is_some()));
    if shaped { Ok(tools) } else { Err(Refusal::new(Code::BadAuthority)) }
}

/// What tools in the right shape grant (steps 3n and 4o).
fn authority(tools: &Node<'_>, limits: &Limits) -> Read<Authority> {
    Authority::from_value(&tools.to_value()?, limits)
}

fn text(node: Option<&Node<'_>>, part: &'static str) -> Read<String> {
    let node = node.ok_or_else(|| missing(part))?;
    node.as_text().map(ToOwned::to_owned).ok_or_else(|| wrong(part))
}

fn name(node: &Node<'_>, part: &'static str, limits: &Limits) -> Read<String> {
    text(Some(node), part).and_then(|name| if is_name(&name, limits) { Ok(name) } else { Err(wrong(part)) })
}

/// A depth. One that no limit admits stays one that no limit admits.
fn small(node: Option<&Node<'_>>, part: &'static str) -> Read<u32> {
    let depth = integer(node, part)?;
    if depth < 0 { Err(wrong(part)) } else { Ok(u32::try_from(depth).unwrap_or(u32::MAX)) }
}

/// `{"jwk": public key on Ed25519}`.
fn holder(node: Option<&Node<'_>>) -> Read<PublicKey> {
    let confirmation = node.ok_or_else(|| missing("cnf"))?.as_object().ok_or_else(|| wrong("cnf"))?;
    let key = Key::from_node(confirmation.get("jwk").ok_or_else(|| missing("cnf"))?);
    match key.map_err(|refusal| refusal.with_part("cnf"))? {
        Key::Ed25519(key) => Ok(key),
        Key::P256(_) => Err(Refusal::new(Code::WrongCurve).with_part("cnf")),
    }
}

/// One name or a list of them.
fn audience(node: &Node<'_>) -> Vec<String> {
    let one = |node: &Node<'_>| node.as_text().map(ToOwned::to_owned);
    match node {
        Node::Array(names) => names.iter().map(one).collect::<Option<_>>().unwrap_or_default(),
        node => one(node).map(|name| vec![name]).unwrap_or_default(),
    }
}

/// A holder's own token, read without checking its signature: what it may pass on is judged by the same rules, and the
/// verifier checks the rest.
pub(crate) fn read_link(token: &Token, is_root: bool, limits: &Limits) -> Result<Arc<Link>, Refusal> {
    let reading = Reading::of(token, limits);
    reading.whole.clone()?;
    if let Ok(details) = &reading.details {
        details.shape.clone()?;
    }
    into_link(reading, token, is_root)
}

/// The link of a token whose claims hold.
pub(super) fn into_link(reading: Reading, token: &Token, is_root: bool) -> Result<Arc<Link>, Refusal> {
    let grants = reading.details.as_ref().is_ok_and(|details| details.entries > 0);
    let claims = reading.into_claims(is_root)?;
    Ok(Link::read(token.hash(), token.id().to_owned(), grants, claims, token.as_text().len()))
}
