//! What a token grants: tools, their arguments, and what each argument may be.
//!
//! A closed world (AAT-02 §3.3): what is not named is not granted. The holder who narrows, the
//! issuer who grants and the verifier who decides all call the functions of this module.

mod arguments;
pub(crate) mod constraint;
mod narrowed;
mod set;
#[cfg(test)]
mod tests;
mod work;

use crate::json::{self, Named, Object, Value};
use crate::{Code, Limits, Refusal, limits::exceeds};
use alloc::{format, string::String, vec::Vec};
pub(crate) use arguments::{ArgumentMap, ArgumentRule, ArgumentRules, STAR};
pub use narrowed::Narrowed;
pub(crate) use set::ValueSet;
pub(crate) use work::Work;

/// The tools a token grants, with a constraint for each argument.
///
/// Tool names are compared as exact strings. The JSON form is AAT-02's `tools` object:
///
/// ```
/// let authority = keybound::Authority::from_json(
///     r#"{"fs.read": {"path": {"constraint_type": "one_of", "values": ["/a", "/b"]}}}"#,
/// )?;
/// assert_eq!(authority.tools().collect::<Vec<_>>(), ["fs.read"]);
/// # Ok::<(), keybound::Refusal>(())
/// ```
///
/// An argument map `{}` is the same as `{"*": {"constraint_type": "wildcard"}}`: the tool with
/// any arguments. Two authorities are equal when they are written alike but for the order of
/// members and sets and for what is a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    tools: Named<ArgumentMap>,
}

impl Authority {
    /// Reads the AAT-02 JSON form, within the default limits.
    ///
    /// # Errors
    /// `authority.bad`, `authority.bad_star`, `authority.too_many_tools`,
    /// `authority.too_many_arguments`, `constraint.unknown`, `constraint.bad`,
    /// `constraint.too_complex`, `bytes.too_deep`, `bytes.too_large`; `json.bad`,
    /// `json.duplicate_member`, `json.inexact_number`, `json.lone_surrogate`. The refusal names the
    /// tool and the argument.
    pub fn from_json(text: &str) -> Result<Self, Refusal> {
        Self::from_json_within(text, &Limits::default())
    }

    /// Reads the AAT-02 JSON form, within `limits`.
    ///
    /// # Errors
    /// As [`Authority::from_json`].
    pub fn from_json_within(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        // Around a value inside a constraint: the tools, the arguments, an object and an array for
        // each level of constraints, the array of the set itself; and one more, so that the
        // refusal of a value that is too deep can say where it stands.
        let around = limits.constraint_depth.saturating_mul(2).saturating_add(3);
        Self::from_value(&json::parse(text.as_bytes(), limits.value_depth.saturating_add(around))?, limits)
    }

    /// Takes the AAT-02 JSON form as a value, within `limits`.
    ///
    /// # Errors
    /// As [`Authority::from_json`], without those about JSON text.
    pub fn from_value(value: &Value, limits: &Limits) -> Result<Self, Refusal> {
        let Value::Object(members) = value else {
            return Err(Code::BadAuthority.into());
        };
        let mut authority = Self::empty();
        for (name, map) in members.iter() {
            authority.add(name, limits, || ArgumentMap::from_value(map, limits))?;
        }
        Ok(authority)
    }

    /// The AAT-02 JSON form as a value, without what is a default.
    pub fn to_value(&self) -> Value {
        let members = self.tools.iter().map(|(name, map)| (name.into(), map.to_value()));
        Value::Object(Object::of_distinct(members.collect()))
    }

    /// The AAT-02 JSON form as RFC 8785 text.
    pub fn to_json(&self) -> String {
        self.to_value().to_json()
    }

    /// The names of the tools: shorter ones first, then by their bytes.
    pub fn tools(&self) -> impl Iterator<Item = &str> {
        self.tools.names()
    }

    /// The authority to do nothing.
    pub(crate) const fn empty() -> Self {
        Self { tools: Named::new() }
    }

    /// The tools with their arguments, in order of their names.
    pub(crate) const fn entries(&self) -> &Named<ArgumentMap> {
        &self.tools
    }

    /// Adds the tool `name`, whose arguments `read` gives; a refusal says which tool it is about.
    /// Both encodings build here, in the order of SPEC 3.
    ///
    /// # Errors
    /// `authority.too_many_tools`, `authority.bad`, `bytes.too_large`, those of `read`, and
    /// `cbor.not_sorted` for a name that does not come after those before it.
    pub(crate) fn add(
        &mut self,
        name: &str,
        limits: &Limits,
        read: impl FnOnce() -> Result<ArgumentMap, Refusal>,
    ) -> Result<(), Refusal> {
        if exceeds(self.tools.len().saturating_add(1), limits.tools) {
            return Err(Code::TooManyTools.into());
        }
        if name.is_empty() {
            return Err(Refusal::new(Code::BadAuthority).with_part("tool name"));
        }
        check_name(name, "tool", limits)?;
        let map = read().map_err(|refusal| refusal.with_tool(name))?;
        Ok(self.tools.push(name, map)?)
    }

    /// Whether this authority permits the call of `tool` with `arguments` (AAT-02 §8, step 6b).
    ///
    /// # Errors
    /// `call.tool_not_granted`, `call.argument_not_granted`, `call.argument_missing`,
    /// `call.argument_refused`, with the tool, the argument and the limit; `bytes.too_large` when it takes more
    /// `work` than is left.
    pub(crate) fn check(&self, tool: &str, arguments: &Object, work: &mut Work) -> Result<(), Refusal> {
        match self.tools.get(tool) {
            Some(map) => map.check(arguments, work).map_err(|refusal| refusal.with_tool(tool)),
            None => Err(Refusal::new(Code::ToolNotGranted).with_tool(tool)),
        }
    }

    /// Whether this authority is within `parent`'s (AAT-02 §4.5): what a delegator may pass on, and what an issuer may grant under
    /// a ceiling. Judged rule by rule, each over all tools in order of their names, so the answer is always the same.
    ///
    /// # Errors
    /// `chain.tool_added`, `chain.argument_added`, `chain.argument_made_optional`,
    /// `chain.constraint_widened`, with the tool, the argument and the parent's limit.
    pub fn narrows(&self, parent: &Self) -> Result<(), Refusal> {
        Self::RULES.iter().try_for_each(|(_, rule)| rule(self, parent))
    }

    /// The rules of [`Authority::narrows`], each with the step of AAT-02 §8 that it is.
    pub(crate) const RULES: [(&'static str, Rule); 4] = [
        ("4p1", Self::tools_within),
        ("4p2", |child, parent| child.each_within(parent, ArgumentMap::names_within)),
        ("4p3", |child, parent| child.each_within(parent, ArgumentMap::requires_within)),
        ("4p4", |child, parent| child.each_within(parent, ArgumentMap::constraints_within)),
    ];

    fn tools_within(&self, parent: &Self) -> Result<(), Refusal> {
        let Some(tool) = self.tools.names().find(|tool| !parent.tools.has(tool)) else { return Ok(()) };
        let limit = format!("the tools {}", list_names(&mut parent.tools.names()));
        Err(Refusal::new(Code::ToolAdded).with_tool(tool).with_limit(&limit))
    }

    fn each_within(
        &self,
        parent: &Self,
        rule: fn(&ArgumentMap, &ArgumentMap) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.shared(parent)
            .try_for_each(|(tool, own, map)| rule(own, map).map_err(|refusal| refusal.with_tool(tool)))
    }

    /// How this authority, which narrows `parent`, grants less: tool by tool, in order.
    pub(crate) fn narrowed_from(&self, parent: &Self) -> Vec<Narrowed> {
        let mut out: Vec<_> = parent
            .tools
            .names()
            .filter(|tool| !self.tools.has(tool))
            .map(|tool| Narrowed::ToolDropped { tool: tool.into() })
            .collect();
        for (tool, own, map) in self.shared(parent) {
            own.narrowed_from(map, tool, &mut out);
        }
        out
    }

    /// The tools granted here and by `parent`: the name, the arguments here, the arguments there.
    fn shared<'a>(
        &'a self,
        parent: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a ArgumentMap, &'a ArgumentMap)> {
        self.tools.iter().filter_map(|(tool, own)| Some((tool, own, parent.tools.get(tool)?)))
    }
}

/// Whether the first authority is within the second, in one respect.
pub(crate) type Rule = fn(&Authority, &Authority) -> Result<(), Refusal>;

fn check_name(name: &str, part: &'static str, limits: &Limits) -> Result<(), Refusal> {
    if exceeds(name.len(), limits.name_bytes) {
        Err(Refusal::new(Code::TooLarge).with_part(part))
    } else {
        Ok(())
    }
}

/// Names for a message: the first few, or `none`.
fn list_names(mut names: &mut dyn Iterator<Item = &str>) -> String {
    const SHOWN: usize = 8;
    let mut out = String::new();
    for name in Iterator::take(&mut names, SHOWN) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(name);
    }
    match (out.is_empty(), names.count()) {
        (true, _) => "none".into(),
        (_, 0) => out,
        (_, more) => format!("{out} and {more} more"),
    }
}
