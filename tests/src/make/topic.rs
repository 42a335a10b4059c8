//! One file of vectors in the making: each fault is its control with one thing changed.

use super::scene::Scene;
use crate::vectors::{File, Permit, Vector};
use std::collections::BTreeMap;

/// One call with everything around it, in either encoding.
pub trait Staged: Clone {
    /// The question, without a name and without an answer.
    fn question(&self) -> Vector;

    /// What the permit says when the scene is honest; `None` where that cannot be told.
    fn permit(&self) -> Option<Permit>;
}

/// The refusal a fault must meet.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    code: &'a str,
    link: Option<usize>,
    /// Steps of AAT-02 with blanks between; empty when the draft has none for it.
    steps: &'a str,
}

/// Refused at a link, in a step of AAT-02.
pub fn at<'a>(link: usize, steps: &'a str, code: &'a str) -> Answer<'a> {
    Answer { code, link: Some(link), steps }
}

/// Refused in a step of AAT-02 that is about no link.
pub fn in_step<'a>(steps: &'a str, code: &'a str) -> Answer<'a> {
    Answer { code, link: None, steps }
}

/// Refused at a link, if at any, for what the draft has no step for.
pub fn beyond(link: Option<usize>, code: &str) -> Answer<'_> {
    Answer { code, link, steps: "" }
}

/// A file of vectors.
pub struct Topic {
    /// The file's name without `.json`.
    pub name: &'static str,
    notes: BTreeMap<String, String>,
    vectors: Vec<Vector>,
}

/// An honest scene and the name of the vector that shows it to be accepted.
#[derive(Clone)]
pub struct Control<S = Scene> {
    name: String,
    scene: S,
}

impl Topic {
    /// An empty file.
    pub fn new(name: &'static str) -> Self {
        Self { name, notes: BTreeMap::new(), vectors: Vec::new() }
    }

    /// Explains a flag.
    pub fn note(&mut self, flag: &str, text: &str) {
        self.notes.insert(flag.into(), text.into());
    }

    /// An honest call that must be permitted. `flags` is a list with blanks between.
    pub fn control<S: Staged>(
        &mut self,
        name: &str,
        comment: &str,
        flags: &str,
        base: &S,
        change: impl FnOnce(&mut S),
    ) -> Control<S> {
        let name = format!("{name}_control");
        let mut scene = base.clone();
        change(&mut scene);
        let vector = Vector { permit: scene.permit(), ..vector(&name, comment, flags, "ok", &scene) };
        self.vectors.push(vector);
        Control { name, scene }
    }

    /// The control with one fault, which must be refused with `expect`.
    #[expect(clippy::too_many_arguments, reason = "one line of a table")]
    pub fn fault<S: Staged>(
        &mut self,
        control: &Control<S>,
        name: &str,
        comment: &str,
        flags: &str,
        expect: &str,
        link: Option<usize>,
        change: impl FnOnce(&mut S),
    ) {
        self.refused(control, name, comment, flags, beyond(link, expect), change);
    }

    /// The control with one fault, which must be refused with this answer.
    pub fn refused<S: Staged>(
        &mut self,
        control: &Control<S>,
        name: &str,
        comment: &str,
        flags: &str,
        answer: Answer<'_>,
        change: impl FnOnce(&mut S),
    ) {
        let mut scene = control.scene.clone();
        change(&mut scene);
        let steps = answer.steps.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        self.vectors.push(Vector {
            control: Some(control.name.clone()),
            link: Some(answer.link),
            steps: (!steps.is_empty()).then_some(steps),
            ..vector(name, comment, flags, answer.code, &scene)
        });
    }

    /// A vector of another operation, as it is.
    pub fn plain(&mut self, vector: Vector) {
        self.vectors.push(vector);
    }

    /// The finished file.
    pub fn finish(self) -> File {
        File { schema: 1, notes: self.notes, vectors: self.vectors }
    }
}

/// The flags of a list with blanks between.
pub fn flags(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn vector<S: Staged>(name: &str, comment: &str, list: &str, expect: &str, scene: &S) -> Vector {
    Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags(list),
        expect: expect.into(),
        ..scene.question()
    }
}
