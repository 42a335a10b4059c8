//! The arguments of one tool: which may be given, which must, and what each may be.

use super::Work;
use super::constraint::{Budget, Constraint, OPTIONAL, Wildcard, bad};
use super::{Narrowed, check_name, list_names};
use crate::json::{Named, Object, Value};
use crate::{Code, Limits, Refusal, limits::exceeds};
use alloc::{format, string::String, vec::Vec};

/// The key that stands for every argument a map does not name.
pub(crate) const STAR: &str = "*";

/// The arguments of one tool, normalised (AAT-02 §3.3): `{}` and `{"*": wildcard}` are both open
/// without names. Two maps with one meaning are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArgumentMap {
    /// Never names `*`.
    named: Named<ArgumentRule>,
    /// Whether arguments that are not named may be given, whatever they are.
    open: bool,
}

/// One named argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArgumentRule {
    pub(crate) constraint: Constraint,
    /// Whether it may be left out.
    pub(crate) optional: bool,
}

impl ArgumentMap {
    /// The map that names nothing and admits everything.
    pub(crate) const fn open() -> Self {
        Self { named: Named::new(), open: true }
    }

    /// A map that admits what it names, which must be something, and with `open` everything else.
    ///
    /// # Errors
    /// `authority.bad` when it would admit nothing at all: no encoding can say that.
    pub(crate) fn new(named: ArgumentRules, open: bool) -> Result<Self, Refusal> {
        if named.0.is_empty() && !open {
            return Err(Code::BadAuthority.into());
        }
        Ok(Self { named: named.0, open })
    }

    pub(crate) const fn named(&self) -> &Named<ArgumentRule> {
        &self.named
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn from_value(value: &Value, limits: &Limits) -> Result<Self, Refusal> {
        let Value::Object(members) = value else {
            return Err(Code::BadAuthority.into());
        };
        if members.is_empty() {
            return Ok(Self::open());
        }
        let mut named = ArgumentRules::new();
        let mut open = false;
        for (name, value) in members.iter() {
            if name == STAR {
                check_star(value).map_err(|refusal| refusal.with_argument(STAR))?;
                open = true;
            } else {
                named.add(name, limits, |budget| ArgumentRule::from_value(value, budget))?;
            }
        }
        Self::new(named, open)
    }

    pub(super) fn to_value(&self) -> Value {
        let mut members: Vec<_> =
            self.named.iter().map(|(name, rule)| (name.into(), rule.to_value())).collect();
        if self.open && !members.is_empty() {
            members.push((STAR.into(), plain_wildcard()));
        }
        Value::Object(Object::of_distinct(members))
    }

    /// Whether a call may have these arguments.
    pub(super) fn check(&self, arguments: &Object, work: &mut Work) -> Result<(), Refusal> {
        for (name, value) in arguments.iter() {
            match self.named.get(name) {
                Some(ArgumentRule { constraint, .. }) => {
                    work.spend(constraint, value).map_err(|refusal| refusal.with_argument(name))?;
                    if !constraint.accepts(value) {
                        let limit = constraint.describe();
                        return Err(Refusal::new(Code::ArgumentRefused)
                            .with_argument(name)
                            .with_limit(&limit));
                    }
                }
                None if self.open => {}
                None => return Err(Refusal::new(Code::ArgumentNotGranted).with_argument(name)),
            }
        }
        let missing = |(name, rule): &(&str, &ArgumentRule)| !rule.optional && arguments.get(name).is_none();
        match self.named.iter().find(missing) {
            Some((name, _)) => Err(Refusal::new(Code::ArgumentMissing).with_argument(name)),
            None => Ok(()),
        }
    }

    /// 4p2: no argument is admitted that `parent` does not admit. One that it names may be left out where that means that
    /// it cannot be given: not under a `*`, which would admit it without its constraint, and not where it is required.
    pub(super) fn names_within(&self, parent: &Self) -> Result<(), Refusal> {
        let added = |name: &str| {
            let limit = format!("the arguments {}", list_names(&mut parent.named.names()));
            Refusal::new(Code::ArgumentAdded).with_argument(name).with_limit(&limit)
        };
        if !parent.open {
            if let Some(name) = self.named.names().find(|name| !parent.named.has(name)) {
                return Err(added(name));
            }
            if self.open {
                return Err(added(STAR));
            }
        }
        for (name, rule) in parent.named.iter().filter(|(name, _)| !self.named.has(name)) {
            // Left out under `*`, the argument would come back without its constraint.
            if self.open {
                return Err(Refusal::new(Code::ArgumentAdded)
                    .with_argument(name)
                    .with_limit(&rule.constraint.describe()));
            }
            if !rule.optional {
                return Err(made_optional(name, rule));
            }
        }
        Ok(())
    }

    /// 4p3: what `parent` requires stays required.
    pub(super) fn requires_within(&self, parent: &Self) -> Result<(), Refusal> {
        for (name, own, rule) in self.shared(parent) {
            if own.optional && !rule.optional {
                return Err(made_optional(name, rule));
            }
        }
        Ok(())
    }

    /// 4p4: no constraint accepts more than `parent`'s. What only its `*` covers may be anything.
    pub(super) fn constraints_within(&self, parent: &Self) -> Result<(), Refusal> {
        for (name, own, rule) in self.shared(parent) {
            if !rule.constraint.subsumes(&own.constraint) {
                return Err(Refusal::new(Code::ConstraintWidened)
                    .with_argument(name)
                    .with_limit(&rule.constraint.describe()));
            }
        }
        Ok(())
    }

    /// Adds how this map grants less than `parent`, which it narrows.
    pub(super) fn narrowed_from(&self, parent: &Self, tool: &str, out: &mut Vec<Narrowed>) {
        let names = |argument: &str| (String::from(tool), String::from(argument));
        for argument in parent.named.names().filter(|name| !self.named.has(name)) {
            let (tool, argument) = names(argument);
            out.push(Narrowed::ArgumentDropped { tool, argument });
        }
        if parent.open && !self.open {
            out.push(Narrowed::ArgumentsClosed { tool: tool.into() });
        }
        for (argument, own) in self.named.iter() {
            let rule = parent.named.get(argument);
            if !own.optional && rule.is_none_or(|rule| rule.optional) {
                let (tool, argument) = names(argument);
                out.push(Narrowed::ArgumentRequired { tool, argument });
            }
            let narrower = match rule {
                Some(rule) => !own.constraint.subsumes(&rule.constraint),
                None => !matches!(own.constraint, Constraint::Wildcard(_)),
            };
            if narrower {
                let (tool, argument) = names(argument);
                out.push(Narrowed::ConstraintNarrowed { tool, argument });
            }
        }
    }

    /// The arguments named here and in `parent`: the name, the rule here, the rule there.
    fn shared<'a>(
        &'a self,
        parent: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a ArgumentRule, &'a ArgumentRule)> {
        self.named.iter().filter_map(|(name, own)| Some((name, own, parent.named.get(name)?)))
    }
}

/// Named arguments being collected, within the limits. Both encodings collect here, in the order of SPEC 3.
pub(crate) struct ArgumentRules(Named<ArgumentRule>);

impl ArgumentRules {
    pub(crate) const fn new() -> Self {
        Self(Named::new())
    }

    /// Adds the argument `name`, whose rule `read` gives; a refusal says which argument it is about.
    ///
    /// # Errors
    /// `authority.too_many_arguments`, `bytes.too_large`, those of `read`, and `cbor.not_sorted` for a name that does not
    /// come after those before it.
    pub(crate) fn add(
        &mut self,
        name: &str,
        limits: &Limits,
        read: impl FnOnce(&mut Budget) -> Result<ArgumentRule, Refusal>,
    ) -> Result<(), Refusal> {
        if exceeds(self.0.len().saturating_add(1), limits.arguments) {
            return Err(Code::TooManyArguments.into());
        }
        check_name(name, "argument", limits)?;
        let rule = read(&mut Budget::new(limits)).map_err(|refusal| refusal.with_argument(name))?;
        Ok(self.0.push(name, rule)?)
    }
}

impl ArgumentRule {
    fn from_value(value: &Value, budget: &mut Budget) -> Result<Self, Refusal> {
        let optional = match value {
            Value::Object(members) => match members.get(OPTIONAL) {
                None => false,
                Some(Value::Bool(optional)) => *optional,
                Some(_) => return Err(bad(OPTIONAL)),
            },
            _ => return Err(Code::BadConstraint.into()),
        };
        Ok(Self { constraint: Constraint::from_value(value, budget)?, optional })
    }

    fn to_value(&self) -> Value {
        self.constraint.to_value(self.optional)
    }
}

fn made_optional(name: &str, rule: &ArgumentRule) -> Refusal {
    let limit = format!("{}, required", rule.constraint);
    Refusal::new(Code::ArgumentMadeOptional).with_argument(name).with_limit(&limit)
}

/// `*` takes exactly the plain wildcard, without even `"optional": false`.
fn check_star(value: &Value) -> Result<(), Refusal> {
    if *value == plain_wildcard() { Ok(()) } else { Err(Code::BadStar.into()) }
}

fn plain_wildcard() -> Value {
    Constraint::Wildcard(Wildcard).to_value(false)
}
