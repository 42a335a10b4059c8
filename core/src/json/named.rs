//! Things by name.

use crate::{Code, order};
use alloc::{string::String, vec::Vec};

/// Things, each under its own name, in the order of the names' CBOR encodings: shorter ones first, then by their bytes.
///
/// A sorted vector: one allocation, whose size the reader knows, where a tree takes a node of 11 for the first entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<T>(Vec<(String, T)>);

impl<T> Named<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Entries in any order, whose names differ.
    pub(super) fn of_distinct(mut entries: Vec<(String, T)>) -> Self {
        order::sort(&mut entries, |(a, _), (b, _)| order::by_length(a, b));
        entries.shrink_to_fit();
        Self(entries)
    }

    /// Whether, against what this type promises, a name stands twice.
    pub(super) fn has_repetition(&self) -> bool {
        self.0.iter().zip(self.0.iter().skip(1)).any(|((a, _), (b, _))| a == b)
    }

    /// Adds what comes after all that is there.
    ///
    /// # Errors
    /// `cbor.not_sorted` when it does not.
    pub(crate) fn push(&mut self, name: &str, thing: T) -> Result<(), Code> {
        if self.0.last().is_some_and(|(last, _)| order::by_length(last, name).is_ge()) {
            return Err(Code::NotSorted);
        }
        self.0.push((name.into(), thing));
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let place = self.0.binary_search_by(|(other, _)| order::by_length(other, name)).ok()?;
        self.0.get(place).map(|(_, thing)| thing)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn entries(&self) -> &[(String, T)] {
        &self.0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, thing)| (name.as_str(), thing))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
