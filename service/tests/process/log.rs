//! The audit log and the list of what is revoked, as an outsider reads and checks them.

use super::{
    client::{Caller, Holder, Lost},
    now,
    place::ISSUER,
};
use keybound::{
    PublicKey, UnixTime,
    revocation::{RevocationList, RevocationSource},
};
use keybound_service::audit::{Header, VerifierKey, open_checkpoints, verify};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// Records in the order of their numbers, as the service wrote them.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<String>,
}

#[derive(Deserialize)]
struct Page {
    records: Vec<Box<RawValue>>,
    next: Option<u64>,
}

impl Log {
    /// The whole log.
    pub(crate) async fn read(caller: &Caller, auditor: &Holder) -> Result<Self, Lost> {
        let mut log = Self::default();
        log.read_on(caller, auditor).await?;
        Ok(log)
    }

    /// What has been added since.
    pub(crate) async fn read_on(&mut self, caller: &Caller, auditor: &Holder) -> Result<(), Lost> {
        loop {
            let path = format!("/audit/events?limit=1000&cursor={}", self.lines.len());
            let answer = caller.get_as(auditor, &path).await?;
            answer.ok();
            let page: Page = serde_json::from_slice(&answer.bytes).unwrap();
            self.lines.extend(page.records.iter().map(|record| record.get().to_owned()));
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Its records as JSON.
    pub(crate) fn records(&self) -> impl Iterator<Item = Value> {
        self.lines.iter().map(|line| serde_json::from_str(line).unwrap())
    }

    /// The records of an operation, from line `from` on.
    pub(crate) fn of(&self, operation: &str, from: usize) -> Vec<Value> {
        let lines = self.lines[from..].iter().filter(|line| line.contains(operation));
        let records = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        records.filter(|record| record["operation"] == operation).collect()
    }

    /// Checks the chain and the tree against checkpoints that were kept. Returns how many records it has.
    pub(crate) async fn verified(&self, caller: &Caller, checkpoints: &[Vec<u8>]) -> u64 {
        let known = caller.get("/.well-known/keybound").await.unwrap().ok();
        let keys = known["audit"]["keys"].as_array().unwrap();
        let keys: Vec<_> =
            keys.iter().map(|key| VerifierKey::parse(key.as_str().unwrap()).unwrap()).collect();
        let checkpoints = open_checkpoints(checkpoints, &keys).unwrap();
        let origin = known["audit"]["origin"].as_str().unwrap();
        let export = format!("{}\n{}\n", Header::new(origin).to_json(), self.lines.join("\n"));
        let report = verify(export.as_bytes(), checkpoints.clone()).unwrap().into_result().unwrap();
        assert_eq!(report.records(), u64::try_from(self.lines.len()).unwrap());
        assert_eq!(report.matched().len(), checkpoints.len());
        report.records()
    }
}

/// The signed size and root of the log, to hold it to later.
pub(crate) async fn checkpoint(caller: &Caller) -> Result<Vec<u8>, Lost> {
    let answer = caller.get("/audit/checkpoint").await?;
    assert!(answer.status.is_success(), "{answer:?}");
    Ok(answer.bytes)
}

/// The list of what is revoked, believed as a verifier does.
pub(crate) async fn revoked(caller: &Caller) -> Result<RevocationList, Lost> {
    let known = caller.get("/.well-known/keybound").await?.ok();
    let keys = known["revocations"]["keys"].as_array().unwrap();
    let key = |value: &Value| PublicKey::from_jwk(value["jwk"].to_string().as_bytes()).unwrap();
    let first = RevocationSource::new(ISSUER, &key(&keys[0]));
    let source = keys[1..].iter().fold(first, |source, value| source.key(&key(value)));
    let answer = caller.get("/revocations").await?;
    assert!(answer.status.is_success(), "{answer:?}");
    Ok(source.read(&answer.bytes, None, time()).unwrap())
}

/// Now.
pub(crate) fn time() -> UnixTime {
    UnixTime::new(now()).unwrap()
}
