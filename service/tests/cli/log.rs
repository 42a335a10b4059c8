//! `audit verify`: everything that can be done to a log, in its database and in an export, beside the honest one.

use crate::{
    command::{Ran, clear, command, run, run_with, settings_of},
    support::{World, folder, policy},
};
use keybound_service::{
    audit::{Frontier, Head, Name, Record},
    hex,
};
use serde_json::Value;
use sqlx::{
    AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Row as _, any::install_default_drivers,
};
use std::{fs, path::PathBuf};

/// A log on SQLite, with a checkpoint from before its end and what the head was at an earlier size.
struct Log {
    folder: PathBuf,
    vkey: String,
    export: Vec<String>,
    /// The size of the checkpoint in `old`.
    old: u64,
    /// Size, last hash and tree at five records.
    early: (i64, String, String),
}

impl Drop for Log {
    fn drop(&mut self) {
        clear(&self.folder);
    }
}

const EARLY: u64 = 5;

/// SQLite whatever the other tests run on: tampering speaks its dialect, and it is the records that are checked.
async fn log() -> Log {
    let folder = folder();
    let url = format!("sqlite://{}", folder.join("keybound.db").display());
    let world = World::on(&url, folder.clone(), &policy()).await;
    settings_of(&world);
    let with_settings =
        |arguments: &[&str]| run(&folder, &[arguments, &["--config", "keybound.toml"]].concat());
    world.agent("close", "close-1", &[("resource", "https://tools.example")]).await;
    assert_eq!(world.log_size().await, EARLY);
    let early = head(&url).await;
    world.agent("close", "close-2", &[("resource", "https://tools.example")]).await;
    fs::write(folder.join("old"), with_settings(&["audit", "checkpoint"]).ok()).unwrap();
    let old = world.log_size().await;
    for task in ["close-1", "close-2", "close-3"] {
        with_settings(&["revoke", "--task", task]).ok();
    }
    fs::write(folder.join("new"), with_settings(&["audit", "checkpoint"]).ok()).unwrap();
    let shown = with_settings(&["keys", "show", "--json"]).json();
    let vkey =
        shown["keys"].as_array().unwrap().iter().find_map(|key| key["vkey"].as_str()).unwrap().to_owned();
    let export = with_settings(&["audit", "export"]).ok().lines().map(str::to_owned).collect();
    Log { folder, vkey, export, old, early }
}

async fn head(url: &str) -> (i64, String, String) {
    install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let select = "SELECT audit_size, audit_last, audit_tree FROM heads WHERE tenant = 'default'";
    let row = sqlx::query(select).fetch_one(&mut connection).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

impl Log {
    fn size(&self) -> u64 {
        u64::try_from(self.export.len()).unwrap() - 1
    }

    fn records(&self) -> Vec<Record> {
        self.export[1..].iter().map(|line| Record::parse(line.as_bytes()).unwrap()).collect()
    }

    /// Verifies a copy of the database that was changed by these statements.
    async fn tampered(&self, name: &str, statements: &[String], more: &[&str]) -> Ran {
        let copy = self.folder.join(format!("{name}.db"));
        let original = format!("sqlite://{}", self.folder.join("keybound.db").display());
        install_default_drivers();
        let mut connection = AnyConnection::connect(&original).await.unwrap();
        let vacuum = format!("VACUUM INTO '{}'", copy.display());
        connection.execute(AssertSqlSafe(vacuum)).await.unwrap();
        let url = format!("sqlite://{}", copy.display());
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        for statement in statements {
            let done = connection.execute(AssertSqlSafe(statement.clone())).await.unwrap();
            assert!(done.rows_affected() > 0, "{name}: {statement}");
        }
        connection.close().await.unwrap();
        let arguments = ["audit", "verify", "--json", "--config", "keybound.toml", "--database", &url];
        run(&self.folder, &[&arguments, more].concat())
    }

    /// Verifies lines as an export, against the old checkpoint.
    fn exported(&self, lines: &[String]) -> Ran {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let arguments =
            ["audit", "verify", "--json", "--export", "-", "--checkpoint", "old", "--key", &self.vkey];
        run_with(command(&self.folder, &arguments), &self.folder, &text)
    }
}

/// The code and the number of what was found.
fn found(ran: Ran) -> (String, Option<u64>) {
    let report: Value = serde_json::from_str(&ran.failed(1)).unwrap();
    assert_eq!(report["ok"], false);
    (report["problem"]["code"].as_str().unwrap().to_owned(), report["problem"]["seq"].as_u64())
}

fn is(code: &str, seq: u64) -> (String, Option<u64>) {
    (code.to_owned(), Some(seq))
}

/// Statements that put a record in the place of another, columns included.
fn put(record: &Record, seq: u64) -> Vec<String> {
    let event = record.event();
    let text = |text: Option<String>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    vec![
        format!("DELETE FROM audit WHERE tenant = 'default' AND seq = {seq}"),
        format!(
            "INSERT INTO audit (tenant, seq, record, time, operation, outcome, agent, orchestrator, task, principal, token, request) \
             VALUES ('default', {seq}, '{}', {}, '{}', '{}', {}, {}, {}, {}, {}, {})",
            record.as_json(),
            event.time.as_secs(),
            event.operation.as_str(),
            event.operation.outcome().as_str(),
            text(event.agent.as_ref().map(ToString::to_string)),
            text(event.orchestrator.as_ref().map(ToString::to_string)),
            text(event.task.as_ref().map(ToString::to_string)),
            text(event.principal.as_ref().map(ToString::to_string)),
            text(event.token.map(|token| token.to_string())),
            text(event.request.as_ref().map(ToString::to_string)),
        ),
    ]
}

/// The log written anew from a record on, as somebody can who holds the database: every hash fits.
fn rewritten(records: &[Record], from: usize) -> (Vec<Record>, Frontier) {
    let mut forged = records[..from].to_vec();
    let mut head = records[from - 1].head();
    for record in &records[from..] {
        let mut event = record.event().clone();
        event.actor = Name::parse("somebody-else");
        let record = Record::after(head, event).unwrap();
        head = record.head();
        forged.push(record);
    }
    let mut tree = Frontier::new();
    for record in &forged {
        tree.append(record.leaf_hash()).unwrap();
    }
    (forged, tree)
}

fn set_head(size: u64, last: &str, tree: &str) -> String {
    format!(
        "UPDATE heads SET audit_size = {size}, audit_last = '{last}', audit_tree = '{tree}' WHERE tenant = 'default'"
    )
}

#[tokio::test]
async fn the_honest_log_is_in_order() {
    let log = log().await;
    for more in [&[][..], &["--checkpoint", "old"], &["--checkpoint", "new", "--checkpoint", "old"]] {
        let report = log.tampered(&format!("honest-{}", more.len()), &[], more).await.json();
        assert_eq!((&report["ok"], report["records"].as_u64()), (&Value::Bool(true), Some(log.size())));
    }
    let report = log.exported(&log.export).json();
    assert_eq!((report["anchored"].as_u64(), report["records"].as_u64()), (Some(log.old), Some(log.size())));
    assert_eq!(report["checkpoints"], serde_json::json!([log.old]));
    // From a file, and for people; without a checkpoint it says what that is worth.
    let text: String = log.export.iter().map(|line| format!("{line}\n")).collect();
    fs::write(log.folder.join("export.jsonl"), text).unwrap();
    let said = run(&log.folder, &["audit", "verify", "--export", "export.jsonl"]).ok();
    assert!(
        said.contains("nobody knows whether they are all") && said.contains(report["root"].as_str().unwrap())
    );
    let arguments =
        ["audit", "verify", "--export", "export.jsonl", "--checkpoint", "new", "--key", &log.vkey];
    let said = run(&log.folder, &arguments).ok();
    assert!(said.contains(&format!("vouches for the first {}", log.size())), "{said}");
}

#[tokio::test]
async fn single_records_that_were_changed_in_the_database_are_found_and_named() {
    let log = log().await;
    let records = log.records();
    let old = ["--checkpoint", "old"];

    let edit = "UPDATE audit SET record = replace(record, 'payables', 'somebody') WHERE tenant = 'default' AND seq = 3";
    assert_eq!(found(log.tampered("edited", &[edit.to_owned()], &old).await), is("audit.edited", 3));
    let broken = "UPDATE audit SET record = replace(record, '\"allowed\"', '\"denied\"') WHERE tenant = 'default' AND seq = 3";
    assert_eq!(found(log.tampered("broken", &[broken.to_owned()], &old).await), is("audit.edited", 3));

    let delete = "DELETE FROM audit WHERE tenant = 'default' AND seq = 4".to_owned();
    assert_eq!(found(log.tampered("deleted", &[delete], &old).await), is("audit.missing", 4));

    // A forged record between 3 and 4, all behind it one further.
    let mut event = records[3].event().clone();
    event.actor = Name::parse("somebody-else");
    let forged = Record::after(records[3].head(), event).unwrap();
    let mut inserted = vec![
        "UPDATE audit SET seq = -seq - 1 WHERE tenant = 'default' AND seq >= 4".to_owned(),
        "UPDATE audit SET seq = -seq WHERE tenant = 'default' AND seq < 0".to_owned(),
    ];
    inserted.extend(put(&forged, 4).split_off(1));
    assert_eq!(found(log.tampered("inserted", &inserted, &old).await), is("audit.inserted", 4));

    let swapped = [put(&records[4], 3), put(&records[3], 4)].concat();
    let ran = log.tampered("reordered", &swapped, &old).await;
    assert_eq!(found(ran), is("audit.reordered", 3));
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_found_with_an_older_checkpoint() {
    let log = log().await;
    let cut = format!("DELETE FROM audit WHERE tenant = 'default' AND seq >= {EARLY}");
    // Carelessly: the head still says how long it was.
    let ran = log.tampered("cut", std::slice::from_ref(&cut), &[]).await;
    assert_eq!(found(ran), is("audit.truncated", EARLY));
    // Carefully: nothing in the database says so any more, and only the checkpoint does.
    let (size, last, tree) = &log.early;
    let careful = [cut, set_head(u64::try_from(*size).unwrap(), last, tree)];
    let report = log.tampered("careful", &careful, &[]).await.json();
    assert_eq!(report["records"], EARLY);
    let ran = log.tampered("careful-old", &careful, &["--checkpoint", "old"]).await;
    assert_eq!(found(ran), is("audit.truncated", EARLY));
}

#[tokio::test]
async fn a_log_that_was_written_anew_is_found_with_an_older_checkpoint() {
    let log = log().await;
    let (forged, tree) = rewritten(&log.records(), 3);
    let mut statements: Vec<String> =
        forged.iter().skip(3).flat_map(|record| put(record, record.seq())).collect();
    let head: Head = forged.last().unwrap().head();
    statements.push(set_head(head.next, &head.previous.to_string(), &hex::encode(&tree.to_bytes())));
    log.tampered("anew", &statements, &[]).await.ok();
    let ran = log.tampered("anew-old", &statements, &["--checkpoint", "old"]).await;
    let (code, _) = found(ran);
    assert_eq!(code, "audit.rewritten");
    // The tree that was left as it was betrays it without any checkpoint.
    statements.pop();
    let (code, _) = found(log.tampered("anew-tree", &statements, &[]).await);
    assert_eq!(code, "audit.tree_differs");
}

#[tokio::test]
async fn what_only_queries_see_is_checked_too() {
    let log = log().await;
    for (name, change) in [
        ("agent", "agent = NULL"),
        ("task", "task = 'elsewhere'"),
        ("time", "time = 7"),
        ("outcome", "outcome = 'denied'"),
    ] {
        let statement = format!("UPDATE audit SET {change} WHERE tenant = 'default' AND seq = 4");
        let ran = log.tampered(name, &[statement], &["--checkpoint", "old"]).await;
        assert_eq!(found(ran), is("audit.columns_differ", 4), "{name}");
    }
    // A record that follows well, but that the tree does not know.
    let records = log.records();
    let last = records.last().unwrap();
    let extra = Record::after(last.head(), last.event().clone()).unwrap();
    let statements = put(&extra, log.size()).split_off(1);
    let ran = log.tampered("extra", &statements, &["--checkpoint", "new"]).await;
    assert_eq!(found(ran), is("audit.inserted", log.size()));
}

#[tokio::test]
async fn an_export_that_was_changed_is_found_out_without_a_service() {
    let log = log().await;
    let line = |seq: usize| seq + 1;
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = log.export.clone();
        change(&mut lines);
        assert_ne!(lines, log.export);
        found(log.exported(&lines))
    };
    let edit = |lines: &mut Vec<String>| lines[line(3)] = lines[line(3)].replace("payables", "somebody");
    assert_eq!(changed(&edit), is("audit.edited", 3));
    assert_eq!(changed(&|lines| drop(lines.remove(line(4)))), is("audit.missing", 4));
    assert_eq!(changed(&|lines| lines.insert(line(4), lines[line(2)].clone())), is("audit.duplicated", 2));
    assert_eq!(changed(&|lines| lines.insert(line(4), "{}".to_owned())), is("audit.inserted", 4));
    assert_eq!(changed(&|lines| lines.swap(line(4), line(5))), is("audit.reordered", 4));
    assert_eq!(changed(&|lines| lines.truncate(line(6))), is("audit.truncated", 6));
    let records = log.records();
    let (forged, _) = rewritten(&records, 3);
    let anew = |lines: &mut Vec<String>| {
        lines.truncate(1);
        lines.extend(forged.iter().map(|record| record.as_json().to_owned()));
    };
    assert_eq!(changed(&anew).0, "audit.rewritten");
    let other_log = |lines: &mut Vec<String>| lines[0] = lines[0].replace("8420", "8421");
    assert_eq!(changed(&other_log).0, "audit.bad_checkpoint");
    assert_eq!(changed(&|lines| lines[0] = lines[0].replace("-1", "-2")).0, "audit.bad_header");
}

#[tokio::test]
async fn a_checkpoint_is_worth_the_key_that_signed_it() {
    let log = log().await;
    let text: String = log.export.iter().map(|line| format!("{line}\n")).collect();
    fs::write(log.folder.join("export.jsonl"), text).unwrap();
    let verify = |more: &[&str]| {
        run(&log.folder, &[&["audit", "verify", "--export", "export.jsonl", "--json"], more].concat())
    };
    verify(&["--checkpoint", "old", "--key", &log.vkey]).ok();
    assert!(verify(&["--checkpoint", "old"]).failed(1).contains("--key"));
    assert!(verify(&["--checkpoint", "old", "--key", "no key"]).failed(1).contains("--key"));
    // The other tenant's key is not this log's.
    let other = ["keys", "show", "--tenant", "other", "--json", "--config", "keybound.toml"];
    let other = run(&log.folder, &other).json();
    let other =
        other["keys"].as_array().unwrap().iter().find_map(|key| key["vkey"].as_str()).unwrap().to_owned();
    assert_eq!(found(verify(&["--checkpoint", "old", "--key", &other])).0, "audit.bad_checkpoint");
    let note = fs::read_to_string(log.folder.join("old")).unwrap();
    fs::write(log.folder.join("forged"), note.replacen(&format!("\n{}\n", log.old), "\n3\n", 1)).unwrap();
    assert_eq!(found(verify(&["--checkpoint", "forged", "--key", &log.vkey])).0, "audit.bad_checkpoint");
    // Nor is its checkpoint, where the log has no header to say so.
    let foreign =
        run(&log.folder, &["audit", "checkpoint", "--tenant", "other", "--config", "keybound.toml"]).ok();
    fs::write(log.folder.join("foreign"), foreign).unwrap();
    let ran = log.tampered("foreign", &[], &["--checkpoint", "foreign", "--key", &other]).await;
    assert_eq!(found(ran).0, "audit.bad_checkpoint");
    assert!(verify(&["--checkpoint", "gone", "--key", &log.vkey]).failed(1).contains("gone"));
}

/// A checkpoint of before a rotation is still one: an auditor keeps it, and the key that signed it.
#[tokio::test]
async fn checkpoints_outlive_the_rotation_of_their_key() {
    let log = log().await;
    run(&log.folder, &["keys", "rotate", "--config", "keybound.toml"]).ok();
    let after = run(&log.folder, &["audit", "checkpoint", "--config", "keybound.toml"]).ok();
    fs::write(log.folder.join("after"), &after).unwrap();
    let report = log.tampered("rotated", &[], &["--checkpoint", "old", "--checkpoint", "after"]).await.json();
    assert_eq!(report["checkpoints"], serde_json::json!([log.old, log.size() + 1]));
}
