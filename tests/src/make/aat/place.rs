//! Where the same fault may be made: in a root, in a child, in a proof.

use super::scene::{Scene, Seal};
use crate::make::topic::{Answer, Control, Topic, at, in_step};

/// One of the three kinds of JWS, which a verifier judges by the same rules in different steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Child,
    Proof,
}

impl Place {
    pub(super) const ALL: [Self; 3] = [Self::Root, Self::Child, Self::Proof];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Child => "child",
            Self::Proof => "proof",
        }
    }

    /// Its envelope.
    pub(super) fn seal(self, scene: &mut Scene) -> &mut Seal {
        match self {
            Self::Root => &mut scene.root().seal,
            Self::Child => &mut scene.leaf().seal,
            Self::Proof => &mut scene.proof.seal,
        }
    }

    /// Refused for its form as a whole.
    pub(super) fn form(self, code: &str) -> Answer<'_> {
        self.answer(["2c", "2c", "7a"], code)
    }

    /// Refused for its header.
    pub(super) fn header(self, code: &str) -> Answer<'_> {
        self.answer(["3a", "4a", "7a"], code)
    }

    /// Refused for its payload's form, which of a token is seen when its id is read.
    pub(super) fn payload(self, code: &str) -> Answer<'_> {
        self.answer(["2c", "2c", "7b"], code)
    }

    /// Refused with the signature, or for what spoils the payload as a whole.
    pub(super) fn body(self, code: &str) -> Answer<'_> {
        self.answer(["3b", "4b", "7b"], code)
    }

    fn answer<'a>(self, steps: [&'static str; 3], code: &'a str) -> Answer<'a> {
        let [root, child, proof] = steps;
        match self {
            Self::Root => at(0, root, code),
            Self::Child => at(1, child, code),
            Self::Proof => in_step(proof, code),
        }
    }
}

/// The honest vectors beside faults in these places.
pub(super) struct Controls {
    one: Control<Scene>,
    two: Control<Scene>,
}

impl Controls {
    /// One link and two.
    pub(super) fn new(t: &mut Topic, about: &str, flags: &str) -> Self {
        let one = format!("aat_{about}_one_link");
        let two = format!("aat_{about}_two_links");
        Self {
            one: t.control(&one, "one token and its proof", flags, &Scene::of(1), |_| {}),
            two: t.control(&two, "two tokens and the proof of the second", flags, &Scene::of(2), |_| {}),
        }
    }

    pub(super) const fn of(&self, place: Place) -> &Control<Scene> {
        match place {
            Place::Child => &self.two,
            Place::Root | Place::Proof => &self.one,
        }
    }
}
