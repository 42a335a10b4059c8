//! One file of vectors in the making: each fault is its control with one thing changed.

use super::scene::Scene;
use crate::vectors::{File, Permit, Vector};
use std::collections::BTreeMap;

/// A file of vectors.
pub struct Topic {
    /// The file's name without `.json`.
    pub name: &'static str,
    notes: BTreeMap<String, String>,
    vectors: Vec<Vector>,
}

/// An honest scene and the name of the vector that shows it to be accepted.
pub struct Control {
    name: String,
    scene: Scene,
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
    pub fn control(
        &mut self,
        name: &str,
        comment: &str,
        flags: &str,
        base: &Scene,
        change: impl FnOnce(&mut Scene),
    ) -> Control {
        let name = format!("{name}_control");
        let mut scene = base.clone();
        change(&mut scene);
        let permit = (scene.arrange.is_none() && scene.bytes.is_none()).then(|| permit(&scene)).flatten();
        let vector = Vector { permit, ..vector(&name, comment, flags, "ok", &scene) };
        self.vectors.push(vector);
        Control { name, scene }
    }

    /// The control with one fault, which must be refused with `expect`.
    #[expect(clippy::too_many_arguments, reason = "one line of a table")]
    pub fn fault(
        &mut self,
        control: &Control,
        name: &str,
        comment: &str,
        flags: &str,
        expect: &str,
        link: Option<usize>,
        change: impl FnOnce(&mut Scene),
    ) {
        let mut scene = control.scene.clone();
        change(&mut scene);
        let control = Some(control.name.clone());
        self.vectors.push(Vector {
            control,
            link: Some(link),
            ..vector(name, comment, flags, expect, &scene)
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

fn vector(name: &str, comment: &str, list: &str, expect: &str, scene: &Scene) -> Vector {
    let (chain, proof) = scene.finish();
    Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags(list),
        operation: "authorize".into(),
        trust: Some(scene.trust.clone()),
        chain: Some(hex::encode(chain)),
        proof: Some(hex::encode(proof)),
        request: Some(scene.request.clone()),
        now: Some(scene.now),
        times: (scene.times != 1).then_some(scene.times),
        expect: expect.into(),
        ..Vector::default()
    }
}

/// What the permit for an honest scene says.
fn permit(scene: &Scene) -> Option<Permit> {
    use crate::forge::cbor::Item;
    let text = |entries: &[(i64, Item)], key: i64| {
        entries.iter().find_map(|(other, item)| match item {
            Item::Text(text) if *other == key => Some(text.clone()),
            _ => None,
        })
    };
    let leaf = scene.links.last()?;
    let root = scene.links.first()?;
    let expires = leaf.claims.iter().find_map(|(key, item)| match item {
        Item::Int(seconds) if *key == 4 => u64::try_from(*seconds).ok(),
        _ => None,
    })?;
    Some(Permit {
        agent: scene.links.iter().rev().find_map(|link| text(&link.authority, 3)),
        principal: text(&root.claims, 2),
        task: text(&root.authority, 4),
        tool: scene.request.tool.clone(),
        audience: scene.request.audience.clone(),
        expires,
        depth: scene.links.len() - 1,
    })
}
