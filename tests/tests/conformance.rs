//! Every vector of the folder, over every road, and the folder itself.

use keybound::Code;
use keybound_tests::{run, vectors};
use std::collections::BTreeSet;

#[test]
fn every_vector_gives_what_it_says() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (file, contents) in vectors::files() {
        for vector in &contents.vectors {
            count += 1;
            for (road, outcome) in run::roads(vector) {
                if !outcome.is_right(vector) {
                    failures.push(format!(
                        "{file} {} ({road}): expected {} at {:?} in {:?}, got {outcome:?}",
                        vector.name, vector.expect, vector.link, vector.steps
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    println!("vectors: {count} passed");
}

/// Links remembered from the honest control must not help the fault.
#[test]
fn no_fault_passes_after_its_control() {
    for (file, contents) in vectors::files() {
        for vector in contents.vectors.iter().filter(|vector| vector.operation == "authorize") {
            let Some(control) = &vector.control else { continue };
            let control = contents.vectors.iter().find(|other| other.name == *control).expect("a control");
            let outcome = run::after(control, vector);
            assert!(outcome.is_expected(vector), "{file} {}: {outcome:?}", vector.name);
        }
    }
}

#[test]
fn every_code_has_a_vector_and_every_vector_a_known_code() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let expected: BTreeSet<String> =
        vectors::files().into_iter().flat_map(|(_, file)| file.vectors).map(|vector| vector.expect).collect();
    let missing: Vec<_> = codes.iter().filter(|code| !expected.contains(**code)).collect();
    let is_answer = |code: &str| matches!(code, "ok" | "refused") || codes.contains(code);
    let unknown: Vec<_> = expected.iter().filter(|code| !is_answer(code)).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "no vector for {missing:?}; no such code: {unknown:?}");
}

#[test]
fn every_fault_has_its_control_and_every_flag_its_note() {
    let mut names = BTreeSet::new();
    for (file, contents) in vectors::files() {
        let controls: BTreeSet<_> = contents
            .vectors
            .iter()
            .filter(|vector| vector.expect == "ok")
            .map(|vector| &vector.name)
            .collect();
        let mut used = BTreeSet::new();
        for vector in &contents.vectors {
            let name = &vector.name;
            assert!(names.insert(name.clone()), "{file}: {name} occurs twice");
            assert!(!vector.comment.is_empty(), "{file}: {name} has no comment");
            match &vector.control {
                // Other people's rows stand alone.
                None if vector.expect == "refused" => {}
                None => assert!(
                    vector.expect == "ok" && name.ends_with("_control"),
                    "{file}: {name} has no control"
                ),
                Some(control) => {
                    assert!(controls.contains(control), "{file}: {name} has no such control: {control}");
                    assert!(vector.expect != "ok", "{file}: {name} is no fault");
                }
            }
            let has_link = !matches!(vector.expect.as_str(), "ok" | "refused");
            assert_eq!(vector.link.is_some(), has_link, "{file}: {name} and its link");
            assert!(!vector.flags.is_empty(), "{file}: {name} has no flag");
            for flag in vector.flags.iter().filter(|flag| !is_attack(flag)) {
                assert!(contents.notes.contains_key(flag), "{file}: {flag} is not explained");
                used.insert(flag.clone());
            }
        }
        let unused: Vec<_> = contents.notes.keys().filter(|flag| !used.contains(*flag)).collect();
        assert!(unused.is_empty(), "{file}: {unused:?} are explained and not used");
    }
    assert!(names.len() >= 180, "only {} vectors", names.len());
}

/// An attack's number, such as `M2`: explained in README.md, not in the notes.
fn is_attack(flag: &str) -> bool {
    let digits = flag.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    flag.len() == digits.len() + 1 && !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit())
}

#[test]
fn every_file_follows_the_schema() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V2020_12);
    let path = vectors::folder().join("schema.json");
    let schema = compiler.compile(path.to_str().expect("a path"), &mut schemas).expect("a schema");
    for (file, _) in vectors::files() {
        let text = std::fs::read_to_string(vectors::folder().join(&file)).expect("readable");
        let value = serde_json::from_str(&text).expect("JSON");
        if let Err(error) = schemas.validate(&value, schema) {
            panic!("{file}: {error:#}");
        }
    }
}

#[test]
fn the_vectors_are_what_their_maker_makes() {
    for topic in keybound_tests::make::topics() {
        let path = vectors::folder().join(format!("{}.json", topic.name));
        let mut made = serde_json::to_string_pretty(&topic.finish()).expect("JSON");
        made.push('\n');
        let kept = std::fs::read_to_string(&path).expect("readable");
        assert!(made == kept, "{} is not what make-vectors makes", path.display());
    }
}
