//! The presentation object of AAT-02 §7.4: a chain and its proof, which must not be parted.

use super::framing::{CHAIN, chain_in, check_size, tokens};
use crate::{
    chain::Chain,
    code::Code,
    format::Format,
    json::{Node, Object, Value},
    limits::Limits,
    proof::Proof,
    refusal::Refusal,
};
use alloc::{string::String, vec};
use core::fmt;

const POP: &str = "aat_pop";

/// `{"aat_chain": [root, …, leaf], "aat_pop": proof}`, as it travels in a body or in a protocol's metadata.
///
/// ```
/// # fn read(text: &[u8], trust: &keybound::Trust, request: &keybound::Request, now: keybound::UnixTime) -> Result<(), keybound::Refusal> {
/// let presentation = keybound::Presentation::parse(text)?;
/// let permit = presentation.chain().verify(trust, now)?.authorize(request, presentation.proof(), now)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Presentation {
    chain: Chain,
    proof: Proof,
}

impl Presentation {
    /// A chain with a proof that was made for it.
    ///
    /// # Errors
    /// `envelope.wrong_type` unless both are in the format of AAT-02.
    pub fn new(chain: Chain, proof: Proof) -> Result<Self, Refusal> {
        if (chain.format(), proof.format()) == (Format::Aat, Format::Aat) {
            Ok(Self { chain, proof })
        } else {
            Err(Code::WrongType.into())
        }
    }

    /// Reads the JSON object within the default limits. Members it does not know are ignored (§7.4).
    ///
    /// # Errors
    /// `presentation.bad`, `json.*`, and those of [`Chain::parse`] and [`Proof::parse`].
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        Self::parse_within(json, &Limits::default())
    }

    /// [`Presentation::parse`] within other limits than the default ones.
    ///
    /// # Errors
    /// As there.
    pub fn parse_within(json: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        check_size(json, limits)?;
        let node = Node::parse_sound(json)?;
        let pop = node.as_object().and_then(|members| members.get(POP)).and_then(Node::as_text);
        let pop = pop.ok_or_else(|| Refusal::new(Code::BadPresentation).with_part(POP))?;
        let chain = Chain::of_aat(tokens(&chain_in(&node)?, limits)?, *limits);
        let proof = super::Pop::parse(pop.as_bytes(), limits)?;
        Ok(Self { chain, proof: Proof::of_aat(proof, *limits) })
    }

    /// The JSON object, in JCS.
    pub fn to_json(&self) -> String {
        let chain = self.chain.aat_tokens().iter().map(|token| token.as_text().into()).collect();
        let pop = core::str::from_utf8(self.proof.as_bytes()).unwrap_or_default();
        let members = vec![(CHAIN.into(), Value::Array(chain)), (POP.into(), pop.into())];
        Value::Object(Object::of_distinct(members)).to_json()
    }

    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The proof.
    pub const fn proof(&self) -> &Proof {
        &self.proof
    }
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presentation({} tokens, unverified)", self.chain.len())
    }
}
