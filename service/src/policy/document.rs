//! The text as a tree that knows its lines: for places in messages, and for numbers as they are written.

use crate::policy::problem::{Place, Problem, Step};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML text and its tree.
pub(super) struct Document<'a> {
    text: &'a str,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// # Errors
    /// Where the text is not TOML.
    pub(super) fn parse(text: &'a str) -> Result<Self, Problem> {
        let root = DeTable::parse(text).map_err(|error| problem_of(text, &error))?;
        Ok(Self { text, root: root.into_inner() })
    }

    /// What stands at a place.
    pub(super) fn value(&self, place: &Place) -> Option<&DeValue<'a>> {
        let (last, around) = place.steps().split_last()?;
        let mut around = around.iter();
        let mut here = match around.next() {
            None => return self.first(last).map(|(_, value)| value),
            Some(step) => self.first(step)?.1,
        };
        for step in around {
            here = below(here, step)?.1;
        }
        below(here, last).map(|(_, value)| value)
    }

    /// The line of the deepest part of a place that is there, from 1.
    pub(super) fn line(&self, place: &Place) -> Option<usize> {
        let mut steps = place.steps().iter();
        let (mut span, mut here) = self.first(steps.next()?)?;
        for step in steps {
            let Some((deeper, value)) = below(here, step) else { break };
            (span, here) = (deeper, value);
        }
        Some(line_at(self.text, span.start))
    }

    fn first(&self, step: &Step) -> Option<(Range<usize>, &DeValue<'a>)> {
        if let Step::Key(key) = step { entry(&self.root, key) } else { None }
    }
}

/// One step down, with where it is written.
fn below<'v, 'a>(value: &'v DeValue<'a>, step: &Step) -> Option<(Range<usize>, &'v DeValue<'a>)> {
    match (value, step) {
        (DeValue::Table(table), Step::Key(key)) => entry(table, key),
        (DeValue::Array(elements), Step::Index(index)) => {
            elements.get(*index).map(|element| (element.span(), element.get_ref()))
        }
        _ => None,
    }
}

fn entry<'v, 'a>(table: &'v DeTable<'a>, name: &str) -> Option<(Range<usize>, &'v DeValue<'a>)> {
    let found = table.iter().find(|(key, _)| key.get_ref() == name);
    found.map(|(key, value): (&Spanned<_>, _)| (key.span(), value.get_ref()))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// What the TOML reader says, without the value it says it about: that could be a key pasted into the wrong place.
pub(super) fn problem_of(text: &str, error: &toml::de::Error) -> Problem {
    let message = error.message();
    let quoted = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    let what = match message.rsplit_once(", expected ") {
        Some((found, expected)) if quoted => {
            let kind = found.split(['`', '"']).next().unwrap_or_default().trim_end();
            format!("{kind}, expected {expected}")
        }
        _ => message.replace('\n', ", "),
    };
    Problem::new(String::new(), error.span().map(|span| line_at(text, span.start)), &what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_deepest_part_that_is_there() {
        let text = "[a]\nb = 1\n\n[a.\"c/d\"]\ne = [\n  1,\n  2,\n]\n[[t]]\nx = 1\n[[t]]\ny = { z = 1 }\n";
        let document = Document::parse(text).unwrap();
        let a = Place::top().key("a");
        for (place, written, line) in [
            (a.key("b"), "a.b", Some(2)),
            (a.key("c/d").key("e"), "a.\"c/d\".e", Some(5)),
            (a.key("c/d").key("e").index(1), "a.\"c/d\".e[1]", Some(7)),
            (a.key("c/d").key("absent").key("more"), "a.\"c/d\".absent.more", Some(4)),
            (Place::top().key("t").index(0).key("x"), "t[0].x", Some(10)),
            (Place::top().key("t").index(1).key("y").key("z"), "t[1].y.z", Some(12)),
            (Place::top().key("t").index(1).key("absent"), "t[1].absent", Some(11)),
            (Place::top().key("absent"), "absent", None),
            (Place::top(), "", None),
        ] {
            assert_eq!((place.to_string().as_str(), document.line(&place)), (written, line));
        }
        assert!(document.value(&a.key("b")).is_some_and(DeValue::is_integer));
        assert!(document.value(&a.key("c/d").key("e").index(2)).is_none());
        let problem = Document::parse("a = 1\nb = \n").err().unwrap();
        assert_eq!(problem.line(), Some(2));
    }
}
