//! Names made of claims: `{iss}#{sub}`.

use crate::policy::claims::scalar;
use crate::policy::{ClaimPath, Code, Denial, grammar};
use serde_json::Value;

/// Text with claims in braces.
///
/// Two different sets of claims never give one name: claims are kept apart by text, and what is filled in must not hold the
/// character that comes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Claim(ClaimPath),
}

/// What a filled template must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// A segment of an agent id: 1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`.
    Segment,
    /// A principal: 1 to 512 of printable ASCII without blanks.
    Principal,
}

impl Grammar {
    pub(super) fn admits(self, text: &str) -> bool {
        match self {
            Self::Segment => grammar::is_segment(text),
            Self::Principal => grammar::is_principal(text),
        }
    }

    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Segment => "1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`",
            Self::Principal => "1 to 512 of printable ASCII without blanks",
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts: Vec<Part> = Vec::new();
        let mut pieces = text.split('{');
        let front = pieces.next().unwrap_or_default();
        push_text(&mut parts, front)?;
        for piece in pieces {
            let (claim, after) = piece.split_once('}').ok_or("a `{` without its `}`")?;
            if matches!(parts.last(), Some(Part::Claim(_))) {
                return Err("two claims need text between them");
            }
            parts.push(Part::Claim(ClaimPath::parse(claim).ok_or("not the name of a claim in braces")?));
            push_text(&mut parts, after)?;
        }
        if parts.is_empty() { Err("must not be empty") } else { Ok(Self(parts)) }
    }

    /// Puts the claims in.
    ///
    /// # Errors
    /// `policy.claim_missing`; `policy.claim_unusable` for a value that is empty, a list or an object, or that would make a name
    /// outside `grammar` or one that other claims make as well. Nothing is ever cleaned up to fit.
    pub fn fill(&self, claims: &Value, grammar: Grammar) -> Result<String, Denial> {
        let mut out = String::new();
        let mut parts = self.0.iter().peekable();
        while let Some(part) = parts.next() {
            let path = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Claim(path) => path,
            };
            let unusable = || unusable(path, grammar);
            let value = path.find(claims).ok_or_else(|| missing(path))?;
            let value = scalar(value).filter(|value| !value.is_empty()).ok_or_else(unusable)?;
            let next = parts.peek().and_then(|part| part.first_char());
            if next.is_some_and(|next| value.contains(next)) {
                return Err(unusable());
            }
            out.push_str(&value);
            if !grammar.admits(&out) {
                return Err(unusable());
            }
        }
        // Text after the last claim may be what makes it too long.
        if grammar.admits(&out) {
            Ok(out)
        } else {
            Err(Denial::about_claim(Code::ClaimUnusable, grammar.describe()))
        }
    }

    /// Whether any claim is in it.
    pub(super) fn names_claims(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Claim(_)))
    }

    /// Whether it begins with the claim of that name.
    pub(super) fn begins_with(&self, claim: &str) -> bool {
        matches!(self.0.first(), Some(Part::Claim(path)) if path.to_string() == claim)
    }

    /// Whether its own text fits the grammar, so that claims can.
    pub(super) fn could_fit(&self, grammar: Grammar) -> bool {
        self.0.iter().all(|part| match part {
            // `.` is no segment, but may stand between two claims.
            Part::Text(text) => grammar.admits(&format!("a{text}")),
            Part::Claim(_) => true,
        }) && (self.names_claims() || self.fill(&Value::Null, grammar).is_ok())
    }
}

impl Part {
    fn first_char(&self) -> Option<char> {
        if let Self::Text(text) = self { text.chars().next() } else { None }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Result<(), &'static str> {
    if text.contains('}') {
        return Err("a `}` without its `{`");
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

fn missing(path: &ClaimPath) -> Denial {
    Denial::about_claim(Code::ClaimMissing, &format!("claim `{path}`"))
}

fn unusable(path: &ClaimPath, grammar: Grammar) -> Denial {
    Denial::about_claim(Code::ClaimUnusable, &format!("claim `{path}` within {}", grammar.describe()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(template: &str, claims: &Value, grammar: Grammar) -> Result<String, &'static str> {
        Template::parse(template).unwrap().fill(claims, grammar).map_err(|denial| denial.code().as_str())
    }

    #[test]
    fn what_is_filled_in_is_the_claim_or_nothing() {
        let claims = json!({"iss": "https://idp.example", "sub": "u|1", "n": 7, "b": true, "list": ["a"], "o": {"uid": "8-9"},
            "slash": "a/b", "blank": "a b", "empty": "", "dots": "..", "long": "a".repeat(65), "e": "é", "nl": "a\n", "z": null});
        use Grammar::{Principal, Segment};
        for (template, grammar, expected) in [
            ("{iss}#{sub}", Principal, Ok("https://idp.example#u|1")),
            ("{o/uid}", Segment, Ok("8-9")),
            ("run-{n}-{b}", Segment, Ok("run-7-true")),
            ("fixed", Segment, Ok("fixed")),
            ("{sub}", Segment, Err("policy.claim_unusable")),
            ("{slash}", Segment, Err("policy.claim_unusable")),
            ("{blank}", Principal, Err("policy.claim_unusable")),
            ("{nl}", Principal, Err("policy.claim_unusable")),
            ("{e}", Principal, Err("policy.claim_unusable")),
            ("{empty}", Segment, Err("policy.claim_unusable")),
            ("x{empty}", Segment, Err("policy.claim_unusable")),
            ("{dots}", Segment, Err("policy.claim_unusable")),
            ("{long}", Segment, Err("policy.claim_unusable")),
            ("{list}", Segment, Err("policy.claim_unusable")),
            ("{o}", Segment, Err("policy.claim_unusable")),
            ("{z}", Segment, Err("policy.claim_unusable")),
            ("{absent}", Segment, Err("policy.claim_missing")),
            ("{o/absent}", Segment, Err("policy.claim_missing")),
        ] {
            assert_eq!(
                fill(template, &claims, grammar).as_deref(),
                expected.as_ref().map(|text| *text),
                "{template}"
            );
        }
    }

    /// H4: `x-y` and `z` must not be who `x` and `y-z` are.
    #[test]
    fn two_sets_of_claims_never_make_one_name() {
        let of = |a: &str, b: &str| fill("{a}-{b}", &json!({"a": a, "b": b}), Grammar::Segment);
        assert_eq!(of("x", "y-z").as_deref(), Ok("x-y-z"));
        assert_eq!(of("x-y", "z"), Err("policy.claim_unusable"));
    }

    #[test]
    fn a_refusal_names_the_claim_and_not_its_value() {
        let claims = json!({"sub": "secret value"});
        let denial = Template::parse("{sub}").unwrap().fill(&claims, Grammar::Segment).unwrap_err();
        let text = format!("{denial} {denial:?}");
        assert!(text.contains("`sub`") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn templates_are_well_formed() {
        for text in ["", "{", "}", "{a", "a}", "{}", "{a}{b}", "{{a}}", "{a~2}", "{/a}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
        let could = |text: &str, grammar| Template::parse(text).unwrap().could_fit(grammar);
        assert!(could("{a}.{b}", Grammar::Segment) && could("x", Grammar::Segment));
        assert!(
            !could("{a}/{b}", Grammar::Segment)
                && !could("x y", Grammar::Segment)
                && !could("..", Grammar::Segment)
        );
        assert!(could("{a}/{b}", Grammar::Principal) && !could("{a} {b}", Grammar::Principal));
    }
}
