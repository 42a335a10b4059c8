//! `migrate`, `config`, and what every command does when the settings or the database are not what they should be.

use crate::{
    command::{Place, command, run, run_with},
    support::{folder, policy},
};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn migrating_makes_the_tables_and_is_safe_twice() {
    let place = Place::bare();
    let dry = place.run(&["migrate", "--dry-run", "--json"]);
    let pending: Value = serde_json::from_str(&dry.failed(1)).unwrap();
    assert_eq!(pending["pending"][0]["version"], 1);
    assert!(place.run(&["migrate"]).ok().starts_with("applied: 1 first"));
    assert!(place.run(&["migrate"]).ok().starts_with("nothing to do"));
    assert_eq!(place.run(&["migrate", "--json"]).json(), json!({ "applied": [] }));
    assert!(place.run(&["migrate", "--dry-run"]).ok().starts_with("nothing to do"));
    // Such a database is one that is worked with.
    place.run(&["revoke", "--task", "a"]).ok();
}

/// While nodes are exchanged one by one, the old and the new version work on one database: new versions only add.
#[tokio::test]
async fn a_newer_database_is_in_nobodys_way_and_an_older_one_is() {
    let place = Place::new();
    let url = format!("sqlite://{}", place.folder.join("keybound.db").display());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, success, checksum, execution_time \
        FROM _sqlx_migrations WHERE version = 1";
    connection.execute(newer).await.unwrap();
    assert!(place.run(&["migrate"]).ok().starts_with("nothing to do"));
    place.run(&["revoke", "--task", "a"]).ok();
    connection.execute("DELETE FROM _sqlx_migrations WHERE version = 1").await.unwrap();
    let said = place.run(&["revoke", "--task", "a"]).failed(1);
    assert!(said.contains("version 1 is missing; run `keybound migrate`"), "{said}");
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_the_way() {
    let place = Place::bare();
    for arguments in [
        &["revoke", "--task", "a"][..],
        &["audit", "verify"],
        &["audit", "export"],
        &["audit", "checkpoint"],
        &["audit", "trail", "--task", "a"],
    ] {
        place.run(arguments).failed(1);
        assert!(!place.folder.join("keybound.db").exists(), "{arguments:?}");
    }
    for url in ["mysql://x", "postgres://127.0.0.1:1/none"] {
        run(&place.folder, &["migrate", "--database", url]).failed(1);
    }
    // An empty file is there, but has no tables.
    fs::write(place.folder.join("keybound.db"), "").unwrap();
    assert!(place.run(&["revoke", "--task", "a"]).failed(1).contains("keybound migrate"));
}

#[test]
fn a_tenant_that_is_not_there_is_named() {
    let place = Place::new();
    for arguments in
        [&["revoke", "--task", "a"][..], &["keys", "show"], &["audit", "verify"], &["audit", "export"]]
    {
        let said = place.run(&[arguments, &["--tenant", "acme"]].concat()).failed(1);
        assert!(said.contains("no tenant `acme`") && said.contains("default"), "{said}");
    }
}

#[test]
fn settings_in_order_are_said_to_be() {
    let place = Place::bare();
    let checked = place.run(&["config", "check", "--json"]).json();
    assert_eq!((&checked["ok"], &checked["problems"]), (&json!(true), &json!([])));
    assert!(checked["notes"][0].as_str().unwrap().contains("made at the first start"));
    assert!(!place.folder.join("keys").exists(), "checking made something");
}

#[test]
fn every_problem_is_said_with_its_place() {
    let place = Place::bare();
    fs::create_dir(place.folder.join("keys")).unwrap();
    let keys = place.folder.join("keys/default.json");
    fs::write(&keys, "{}").unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(place.folder.join("policy.toml"), "[workflows.a]\nttl = { max = 9000 }\n").unwrap();
    let settings = "[server]\nlisten = '0.0.0.0:8420'\ntls = { certificate = 'none.pem', key = 'none.key' }\n\
        [tenants.default]\nissuer = 'http://issuer.example'\n[tenants.B]\nissuer = 'https://b.example'\n";
    fs::write(place.folder.join("keybound.toml"), settings).unwrap();
    let said = place.run(&["config", "check"]).failed(1);
    for problem in [
        "tenants.default.issuer: https",
        "tenants: `B` is no name",
        "server.tls.certificate: none.pem",
        "tenants.default.policy: policy.toml: line 2: workflows.a.ttl",
        "tenants.default.keys: keys/default.json: the file of keys: others than its owner can read it",
    ] {
        assert!(said.contains(problem), "{problem}: {said}");
    }
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(place.run(&["config", "check"]).failed(1).contains("it is not a file of keys"));
}

#[test]
fn what_cannot_be_read_has_a_line_or_a_variable() {
    let place = Place::bare();
    for (text, place_of_it) in [
        ("[server]\nlisten = 7\n", "keybound.toml: line 2"),
        ("[server]\ntimeout = 5\nlisten_on = 'x'\n", "keybound.toml: line 3: unknown field `listen_on`"),
        ("[server\n", "keybound.toml: line 1"),
    ] {
        fs::write(place.folder.join("keybound.toml"), text).unwrap();
        let said = place.run(&["config", "check"]).failed(1);
        assert!(said.contains(place_of_it), "{text}: {said}");
    }
    let mut wrong = command(&place.folder, &["config", "check", "--issuer", "http://127.0.0.1:1"]);
    wrong.env("KEYBOUND_SERVER__LISSEN", "127.0.0.1:1");
    let said = run_with(wrong, &place.folder, "").failed(1);
    assert!(said.contains("the environment") && said.contains("lissen"), "{said}");
    run(&folder(), &["config", "check"]).failed(1);
}

#[test]
fn settings_are_printed_whole_and_without_the_password() {
    let place = Place::bare();
    let printed = |arguments: &[&str]| {
        let mut command = command(&place.folder, &[&["config", "print"], arguments].concat());
        command
            .env("KEYBOUND_DATABASE__URL", "postgres://ann:hunter2@db.example/keybound?sslpassword=hunter2");
        command.env("KEYBOUND_TENANTS__DEFAULT__ISSUER", "https://issuer.example");
        run_with(command, &place.folder, "").ok()
    };
    let text = printed(&[]);
    assert!(!text.contains("hunter2") && text.contains("postgres://ann:***@db.example/keybound"), "{text}");
    let json: Value = serde_json::from_str(&printed(&["--json"])).unwrap();
    assert!(!json.to_string().contains("hunter2"));
    assert_eq!(json["server"]["listen"], "127.0.0.1:8420");
    assert_eq!(json["tenants"]["default"]["trust_domain"], "issuer.example");
    assert_eq!(json["tenants"]["default"]["keys"], "keys/default.json");
    // What is printed can be read again.
    fs::write(place.folder.join("printed.toml"), &text).unwrap();
    fs::write(place.folder.join("policy.toml"), policy()).unwrap();
    run(&place.folder, &["config", "check", "--config", "printed.toml"]).ok();
    assert_eq!(run(&place.folder, &["config", "print", "--config", "printed.toml"]).ok(), text);
}
