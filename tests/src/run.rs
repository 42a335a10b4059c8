//! Runs a vector against the product, over both roads where there are two.

use crate::http::{self, Facts};
use crate::revocations;
use crate::vectors::{Permit as ExpectedPermit, Request as RequestData, Vector};
use keybound::{
    AgentId, Arguments, Authority, Chain, Format, Grant, Narrowing, Permit, Presentation, Proof, ProofId,
    PublicKey, Refusal, Request, SigningKey, TokenId, Trust, UnixTime, Verifier,
};
use keybound_bindings::{MemoryLinkCache, TrustData};

/// What came of a vector: `ok` with a result in text, or a code, a link and a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `ok` or a code.
    pub code: String,
    /// The link of a refusal.
    pub link: Option<usize>,
    /// The step of AAT-02 that a refusal names.
    pub step: Option<String>,
    /// What the operation made, in hex or text.
    pub result: Option<String>,
    /// What the permit says.
    pub permit: Option<ExpectedPermit>,
    /// What an accepted proof or an access token says.
    pub facts: Option<Facts>,
}

impl Outcome {
    pub(crate) fn ok(result: Option<String>) -> Self {
        Self { code: "ok".into(), link: None, step: None, result, permit: None, facts: None }
    }

    /// Whether this is what the vector says, in every respect.
    pub fn is_right(&self, vector: &Vector) -> bool {
        self.is_expected(vector)
            && (vector.result.is_none() || vector.result == self.result)
            && (vector.thumbprint.is_none() || vector.thumbprint == self.result)
            && (vector.permit.is_none() || vector.permit == self.permit)
            && (vector.facts.is_none() || vector.facts == self.facts)
    }

    /// Whether the answer is the vector's: code, link and step. Where the oracle knows no codes, the step alone.
    pub fn is_expected(&self, vector: &Vector) -> bool {
        let is_code = match vector.expect.as_str() {
            "refused" => self.code != "ok",
            code => self.code == code && self.link == vector.link.flatten(),
        };
        is_code
            && match (&vector.steps, &self.step) {
                (None, step) => step.is_none(),
                (Some(steps), step) => step.as_ref().is_some_and(|step| steps.contains(step)),
            }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code().as_str().into(),
            link: refusal.link(),
            step: refusal.step().map(str::to_owned),
            result: None,
            permit: None,
            facts: None,
        }
    }
}

/// Runs a vector over every road there is and returns what came of each.
pub fn roads(vector: &Vector) -> Vec<(&'static str, Outcome)> {
    match vector.operation.as_str() {
        "authorize" => {
            vec![
                ("short", repeated(vector, short_road)),
                ("long", repeated(vector, long_road)),
                ("warm", warm(vector)),
            ]
        }
        "present" => {
            vec![("parse", repeated(vector, presented)), ("again", repeated(vector, presented_again))]
        }
        "issue" => vec![("sign", flat(issue(vector, false))), ("prepare", flat(issue(vector, true)))],
        "delegate" => {
            vec![("sign", flat(delegate(vector, false))), ("prepare", flat(delegate(vector, true)))]
        }
        "prove" => vec![("sign", flat(prove(vector, false))), ("prepare", flat(prove(vector, true)))],
        "agent_id" => vec![("parse", flat(AgentId::parse(text(&vector.text)).map(|_| None)))],
        "public_key" => {
            let key = PublicKey::from_bytes(&hex(&vector.bytes));
            vec![("from_bytes", flat(key.map(|key| Some(key.thumbprint().to_string()))))]
        }
        "revocations" => vec![("apply", revocations::run(vector))],
        _ => vec![("run", http::run(vector))],
    }
}

fn flat(result: Result<Option<String>, Refusal>) -> Outcome {
    result.map_or_else(Outcome::from, Outcome::ok)
}

type Presented = Box<dyn FnMut() -> Result<Permit, Denial>>;

/// Why there is no permit.
enum Denial {
    /// The request cannot be made. AAT-02 has a step for that, which nobody but the maker of the request can name.
    Request(Refusal),
    /// The verifier says so.
    Call(Refusal),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Call(refusal)
    }
}

impl Denial {
    fn outcome(self, vector: &Vector) -> Outcome {
        match self {
            Self::Call(refusal) => refusal.into(),
            Self::Request(refusal) => {
                Outcome { step: vector.steps.as_ref().map(|_| "6b".to_owned()), ..refusal.into() }
            }
        }
    }
}

/// Presents the call as often as the vector says; all but the last must be permitted.
fn repeated(vector: &Vector, road: impl Fn(&Vector) -> Presented) -> Outcome {
    let mut present = road(vector);
    for _ in 1..vector.times.unwrap_or(1) {
        if let Err(denial) = present() {
            let outcome = denial.outcome(vector);
            return Outcome { code: format!("refused early: {}", outcome.code), ..outcome };
        }
    }
    match present() {
        Ok(permit) => Outcome { permit: Some(said(&permit)), ..Outcome::ok(None) },
        Err(denial) => denial.outcome(vector),
    }
}

fn short_road(vector: &Vector) -> Presented {
    let verifier = Verifier::new(trust(vector), MemoryLinkCache::with_capacity(64));
    let vector = vector.clone();
    Box::new(move || {
        let request = call(&vector)?;
        Ok(verifier.authorize(&hex(&vector.chain), &hex(&vector.proof), &request, time(vector.now))?)
    })
}

fn long_road(vector: &Vector) -> Presented {
    let trust = trust(vector);
    let vector = vector.clone();
    Box::new(move || {
        let request = call(&vector)?;
        let chain = Chain::parse(&hex(&vector.chain))?.verify(&trust, time(vector.now))?;
        Ok(chain.authorize(&request, &Proof::parse(&hex(&vector.proof))?, time(vector.now))?)
    })
}

/// The short road with a cache that knows whatever links can be known, and a fresh replay memory.
fn warm(vector: &Vector) -> Outcome {
    repeated(vector, |vector| {
        let cache = std::sync::Arc::new(MemoryLinkCache::with_capacity(64));
        let cold = Verifier::new(trust(vector), cache.clone());
        if let Ok(request) = call(vector) {
            let _ = cold.authorize(&hex(&vector.chain), &hex(&vector.proof), &request, time(vector.now));
        }
        let verifier = Verifier::new(trust(vector), cache);
        let vector = vector.clone();
        Box::new(move || {
            let request = call(&vector)?;
            Ok(verifier.authorize(&hex(&vector.chain), &hex(&vector.proof), &request, time(vector.now))?)
        })
    })
}

/// The short road with a cache that has seen another vector, such as the honest control.
///
/// # Panics
/// When a vector is not one of `authorize`.
pub fn after(earlier: &Vector, vector: &Vector) -> Outcome {
    let cache = std::sync::Arc::new(MemoryLinkCache::with_capacity(64));
    let answer = |vector: &Vector| {
        let verifier = Verifier::new(trust(vector), cache.clone());
        let ask = || {
            let request = call(vector)?;
            Ok(verifier.authorize(&hex(&vector.chain), &hex(&vector.proof), &request, time(vector.now))?)
        };
        repeated(vector, |vector| {
            let answers: Vec<_> = (0..vector.times.unwrap_or(1)).map(|_| ask()).collect();
            let mut answers = answers.into_iter();
            Box::new(move || answers.next().expect("as many answers as presentations"))
        })
    };
    let _ = answer(earlier);
    answer(vector)
}

fn presented(vector: &Vector) -> Presented {
    let trust = trust(vector);
    let vector = vector.clone();
    Box::new(move || {
        let request = call(&vector)?;
        decide(
            &Presentation::parse(text(&vector.presentation).as_bytes())?,
            &trust,
            &request,
            time(vector.now),
        )
    })
}

/// The same, taken apart, put together and written anew.
fn presented_again(vector: &Vector) -> Presented {
    let trust = trust(vector);
    let vector = vector.clone();
    Box::new(move || {
        let request = call(&vector)?;
        let read = Presentation::parse(text(&vector.presentation).as_bytes())?;
        let made = Presentation::new(
            Chain::parse(read.chain().as_bytes())?,
            Proof::parse(read.proof().as_bytes())?,
        )?;
        decide(&Presentation::parse(made.to_json().as_bytes())?, &trust, &request, time(vector.now))
    })
}

fn decide(
    presentation: &Presentation,
    trust: &Trust,
    request: &Request,
    now: UnixTime,
) -> Result<Permit, Denial> {
    Ok(presentation.chain().verify(trust, now)?.authorize(request, presentation.proof(), now)?)
}

fn call(vector: &Vector) -> Result<Request, Denial> {
    request(vector.request.as_ref().expect("a request")).map_err(Denial::Request)
}

fn said(permit: &Permit) -> ExpectedPermit {
    ExpectedPermit {
        agent: permit.agent().map(|agent| agent.as_str().to_owned()),
        principal: permit.principal().map(str::to_owned),
        task: permit.task().map(str::to_owned),
        tool: permit.tool().to_owned(),
        audience: permit.audience().to_owned(),
        expires: permit.expires().as_secs(),
        depth: permit.lineage().len() - 1,
    }
}

fn issue(vector: &Vector, is_prepared: bool) -> Result<Option<String>, Refusal> {
    let holder = PublicKey::from_bytes(&hex(&vector.to))?;
    let mut grant = Grant::new(text(&vector.issuer), holder, Authority::from_json(text(&vector.tools))?);
    if let Some(audience) = &vector.audience {
        grant = grant.audience(audience);
    }
    if let Some(principal) = &vector.principal {
        grant = grant.principal(principal);
    }
    if let Some(agent) = &vector.agent {
        grant = grant.agent(AgentId::parse(agent)?);
    }
    if let Some(task) = &vector.task {
        grant = grant.task(task);
    }
    if let Some(seconds) = vector.ttl {
        grant = grant.lifetime(seconds);
    }
    if let Some(seconds) = vector.not_before {
        grant = grant.not_before(time(Some(seconds)));
    }
    if let Some(depth) = vector.max_depth {
        grant = grant.max_depth(depth);
    }
    if let Some(format) = &vector.format {
        grant = grant.format(Format::named(format).expect("a format"));
    }
    let (key, id, now) = (key(vector), TokenId::from_bytes(id(&vector.token_id)), time(vector.now));
    let chain = if is_prepared {
        let prepared = grant.prepare(&key.public_key(), id, now)?;
        let signature = signed(vector, prepared.to_be_signed());
        prepared.finish(&signature)?
    } else {
        grant.sign(&key, id, now)?
    };
    Ok(Some(::hex::encode(chain.as_bytes())))
}

fn delegate(vector: &Vector, is_prepared: bool) -> Result<Option<String>, Refusal> {
    let chain = Chain::parse(&hex(&vector.chain))?;
    let mut narrowing = Narrowing::to(PublicKey::from_bytes(&hex(&vector.to))?);
    if let Some(tools) = &vector.tools {
        narrowing = narrowing.tools(Authority::from_json(tools)?);
    }
    if let Some(audience) = &vector.audience {
        narrowing = narrowing.audience(audience);
    }
    if let Some(agent) = &vector.agent {
        narrowing = narrowing.agent(AgentId::parse(agent)?);
    }
    if let Some(seconds) = vector.ttl {
        narrowing = narrowing.lifetime(seconds);
    }
    if let Some(seconds) = vector.not_before {
        narrowing = narrowing.not_before(time(Some(seconds)));
    }
    if let Some(depth) = vector.max_depth {
        narrowing = narrowing.max_depth(depth);
    }
    let (key, id, now) = (key(vector), TokenId::from_bytes(id(&vector.token_id)), time(vector.now));
    // Whose key it is can only be known by who holds it.
    let is_prepared = is_prepared && vector.expect != "proof.not_the_holder";
    let chain = if is_prepared {
        let prepared = chain.prepare_delegation(narrowing, id, now)?;
        let signature = signed(vector, prepared.to_be_signed());
        prepared.finish(&signature)?
    } else {
        chain.delegate(&key, narrowing, id, now)?
    };
    Ok(Some(::hex::encode(chain.as_bytes())))
}

fn prove(vector: &Vector, is_prepared: bool) -> Result<Option<String>, Refusal> {
    let chain = Chain::parse(&hex(&vector.chain))?;
    let request = request(vector.request.as_ref().expect("a request"))?;
    let (key, id, now) = (key(vector), ProofId::from_bytes(id(&vector.proof_id)), time(vector.now));
    let is_prepared = is_prepared && vector.expect != "proof.not_the_holder";
    let proof = if is_prepared {
        let prepared = Proof::prepare(&chain, &request, id, now)?;
        let signature = signed(vector, prepared.to_be_signed());
        prepared.finish(&signature)?
    } else {
        Proof::sign(&key, &chain, &request, id, now)?
    };
    Ok(Some(::hex::encode(proof.as_bytes())))
}

/// A signature made outside, as a KMS would.
fn signed(vector: &Vector, message: &[u8]) -> [u8; 64] {
    crate::forge::sign(&array(&vector.key), message)
}

/// The trust of a vector, with fresh memories.
///
/// # Panics
/// When the vector is not well-formed, or what a feed was given earlier is refused.
pub fn trust(vector: &Vector) -> Trust {
    let data = vector.trust.as_ref().expect("a trust");
    let bytes = |text: &String| ::hex::decode(text).expect("hex");
    let anchor = |anchor: &crate::vectors::Anchor| {
        let key = PublicKey::from_bytes(&bytes(&anchor.key)).expect("an anchor's key");
        (anchor.issuer.clone(), key)
    };
    let limits = data.limits.iter().flatten().map(|(name, value)| (name.clone(), u64::from(*value)));
    let feeds = data.revocation.iter().flatten();
    let data = TrustData {
        anchors: data.anchors.iter().map(anchor).collect(),
        audience: data.audience.clone(),
        limits: limits.collect(),
        revoked: data.revoked.iter().flatten().map(bytes).collect(),
        revocation: feeds.map(|feed| revocations::feed(feed).expect("accepted earlier")).collect(),
        replay_capacity: data.replay_capacity.unwrap_or(16),
        requires_identity: data.identity.as_deref() != Some("optional"),
        requires_audience: data.audience_required != Some(false),
        requires_proof_audience: data.proof_audience_required != Some(false),
    };
    data.into_trust().expect("a trust")
}

fn request(data: &RequestData) -> Result<Request, Refusal> {
    let arguments = Arguments::from_json(data.arguments.as_bytes())?;
    let mut request = Request::new(&data.tool, arguments, &data.audience)?;
    if let Some(http) = &data.http {
        request = request.over_http(&http.method, &http.uri, &::hex::decode(&http.body).expect("hex"))?;
    }
    if let Some(nonce) = &data.nonce {
        request = request.with_nonce(&::hex::decode(nonce).expect("hex"))?;
    }
    Ok(request)
}

fn key(vector: &Vector) -> SigningKey {
    SigningKey::from_seed(&array(&vector.key))
}

fn id(text: &Option<String>) -> [u8; 16] {
    array(text)
}

pub(crate) fn array<const N: usize>(text: &Option<String>) -> [u8; N] {
    hex(text).try_into().expect("the right length")
}

fn hex(text: &Option<String>) -> Vec<u8> {
    ::hex::decode(self::text(text)).expect("hex")
}

pub(crate) fn text(text: &Option<String>) -> &str {
    text.as_deref().expect("a member of the vector")
}

pub(crate) fn time(seconds: Option<u64>) -> UnixTime {
    UnixTime::new(seconds.expect("a time")).expect("a time")
}
