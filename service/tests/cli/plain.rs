//! What needs no service: help, completions, policies.

use crate::{
    command::{Place, command, run, run_with, wait},
    support::{folder, policy},
};
use serde_json::Value;
use std::{fs, process::Stdio};

const VERBS: &[&[&str]] = &[
    &["serve"],
    &["migrate"],
    &["config", "check"],
    &["config", "print"],
    &["keys", "show"],
    &["keys", "rotate"],
    &["keys", "replace"],
    &["policy", "check"],
    &["policy", "test"],
    &["audit", "verify"],
    &["audit", "export"],
    &["audit", "checkpoint"],
    &["audit", "trail"],
    &["revoke"],
    &["health"],
    &["completions"],
];

#[test]
fn every_command_explains_itself_with_an_example() {
    let folder = folder();
    for verb in VERBS {
        let help = run(&folder, &[*verb, &["--help"]].concat()).ok();
        assert!(help.contains("Example"), "{verb:?}: {help}");
        assert!(help.contains(&format!("keybound {}", verb.join(" "))), "{verb:?}: {help}");
    }
    let help = run(&folder, &["--help"]).ok();
    for text in ["Exit codes", "serve", "migrate", "config", "keys", "policy", "audit", "revoke", "health"] {
        assert!(help.contains(text), "{text}: {help}");
    }
}

#[test]
fn what_is_not_understood_ends_with_2() {
    let folder = folder();
    for arguments in [
        &["revoke"][..],
        &["revoke", "--task", "a", "--agent", "b"],
        &["revoke", "--task", "a", "--reason", "boredom"],
        &["audit", "trail"],
        &["audit", "verify", "--export", "-", "--tenant", "default"],
        &["completions", "cobol"],
        &["launch"],
        &[],
    ] {
        run(&folder, arguments).failed(2);
    }
}

#[test]
fn shells_get_their_completions() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&folder, &["completions", shell]).ok();
        assert!(script.contains("checkpoint") && script.contains("rotate"), "{shell}");
    }
}

#[test]
fn a_policy_is_checked_with_its_lines() {
    let folder = folder();
    fs::write(folder.join("good.toml"), policy()).unwrap();
    assert!(run(&folder, &["policy", "check", "good.toml"]).ok().contains("in order"));
    let counted = run(&folder, &["policy", "check", "good.toml", "--json"]).json();
    assert_eq!((&counted["ok"], counted["digest"].as_str().unwrap().len()), (&Value::Bool(true), 64));

    fs::write(folder.join("bad.toml"), "[workflows.a]\nttl = { max = 9000 }\norchestrators = ['nobody']\n")
        .unwrap();
    let said = run(&folder, &["policy", "check", "bad.toml"]).failed(1);
    assert!(said.contains("bad.toml: line 2: workflows.a.ttl"), "{said}");
    assert!(said.contains("line 3: workflows.a.orchestrators"), "{said}");

    // A trust rule that could not be used is wrong too, and standard input is a file like others.
    let rule = "[[trust]]\nname = 'x'\nissuer = 'https://x.example'\nkind = 'oidc'\nkeys = { jwks_uri = 'http://x.example/k' }\n\
        audience = 'a'\nalgorithms = ['RS256']\nrole = 'user'\n[trust.user]\nprincipal = '{sub}'\n";
    let said = run_with(command(&folder, &["policy", "check", "-"]), &folder, rule).failed(1);
    assert!(said.contains("trust"), "{said}");
    assert!(run(&folder, &["policy", "check", "gone.toml"]).failed(1).contains("gone.toml"));
}

#[test]
fn the_example_of_the_package_is_a_policy() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policy.toml");
    run(&folder(), &["policy", "check", example]).ok();
}

#[test]
fn a_policy_is_asked_without_a_service() {
    let folder = folder();
    fs::write(folder.join("policy.toml"), policy()).unwrap();
    let ask = |question: &str, arguments: &[&str]| {
        let arguments = [&["policy", "test", "policy.toml"], arguments].concat();
        run_with(command(&folder, &arguments), &folder, question)
    };
    let yes = r#"{"workflow":"close","orchestrator":"payables","ttl":120}"#;
    assert!(ask(yes, &[]).ok().contains("granted"));
    assert_eq!(ask(yes, &["--json"]).json()["terms"]["ttl"]["default"], 120);

    let no = r#"{"workflow":"close","orchestrator":"payables","ttl":7200}"#;
    let said = ask(no, &[]).failed(1);
    assert!(said.contains("denied by ttl.bounds: policy.ttl_out_of_bounds"), "{said}");
    let said = ask(no, &["--json"]).failed(1);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["allowed"], false);

    fs::write(folder.join("ask.json"), yes).unwrap();
    run(&folder, &["policy", "test", "policy.toml", "ask.json"]).ok();
    for (question, place) in [
        ("workflow close", "not a JSON object"),
        (r#"{"workflow":"close","orchestrator":"payables","color":"red"}"#, "not a JSON object"),
        (r#"{"workflow":"close","orchestrator":"payables","action":"dance"}"#, "action"),
        (r#"{"workflow":"close","orchestrator":"payables","principal":{"id":""}}"#, "principal"),
    ] {
        assert!(ask(question, &[]).failed(1).contains(place), "{question}");
    }
    let said = ask("{", &["--json"]).failed(1);
    assert!(serde_json::from_str::<Value>(&said).unwrap()["error"].is_string(), "{said}");
}

/// A reader that goes away is nobody's fault.
#[test]
fn a_closed_pipe_is_no_panic() {
    let place = Place::new();
    for task in 0..40 {
        place.run(&["revoke", "--task", &format!("task-{task}")]).ok();
    }
    for arguments in [&["audit", "export"][..], &["config", "print"], &["audit", "verify"], &["--help"]] {
        let arguments = [arguments, &["--config", "keybound.toml"]].concat();
        let err = place.folder.join("err-pipe");
        let mut child = command(&place.folder, &arguments)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&err).unwrap())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(wait(&mut child), 0, "{arguments:?}");
        assert_eq!(fs::read_to_string(&err).unwrap(), "", "{arguments:?}");
    }
}
