//! Canonical JSON: the published test data of RFC 8785.

use super::{Case, foreign};
use keybound::json::Value as Json;

pub(super) fn jcs() -> Vec<Case> {
    ["arrays", "french", "structures", "unicode", "values", "weird"]
        .into_iter()
        .flat_map(|name| {
            let read = |path: String| std::fs::read_to_string(foreign(&path)).expect("readable");
            let input = read(format!("jcs/testdata/input/{name}.json"));
            let hexes = read(format!("jcs/testdata/outhex/{name}.txt"));
            let expected = hex::decode(hexes.split_whitespace().collect::<String>()).expect("hex");
            let output = read(format!("jcs/testdata/output/{name}.json"));
            let canonical = |text: &str| {
                Json::from_json(text.as_bytes())
                    .map_or_else(|r| r.code().as_str().to_owned(), |v| v.to_json())
            };
            let expected = String::from_utf8(expected).expect("UTF-8");
            [
                Case { name: name.into(), expected: expected.clone(), actual: canonical(&input) },
                Case { name: format!("{name}-again"), expected, actual: canonical(output.trim_end()) },
            ]
        })
        .collect()
}
