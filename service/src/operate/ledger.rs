//! The audit log as the database keeps it: signed, exported, followed, and checked row by row.

use crate::{
    audit::{
        Auditor, Checkpoint, Exporter, Frontier, Header, NoteError, Problem, Record, Report, VerifierKey,
        render,
    },
    keys::{Signer, SignerError},
    store::{AuditFilter, Store, StoreError},
};
use keybound::{AgentId, Digest, TokenId};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::{self, Write},
};

/// Rows that are read at once. A record is a kilobyte.
const PAGE: u64 = 500;

/// Signs what a log has come to.
///
/// # Errors
/// [`Unsigned`].
pub async fn sign_checkpoint(signer: &dyn Signer, origin: &str, tree: &Frontier) -> Result<String, Unsigned> {
    let key = VerifierKey::new(origin, signer.public_key().clone())?;
    let prepared = Checkpoint::of(origin, tree)?.prepare(key)?;
    let signature = signer.sign(prepared.to_be_signed()).await.map_err(Unsigned::Signer)?;
    Ok(prepared.finish(&signature)?)
}

/// Why a checkpoint is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// It is none.
    Note(NoteError),
    /// The signer did not.
    Signer(SignerError),
}

impl From<NoteError> for Unsigned {
    fn from(error: NoteError) -> Self {
        Self::Note(error)
    }
}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(error) => error.fmt(f),
            Self::Signer(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unsigned {}

/// Writes a tenant's whole log, page by page, and returns how many records it was. Rows are written as they are: whether they are
/// records is for the auditor to say.
///
/// # Errors
/// The database's as [`io::Error`]s, and what the writer says.
pub async fn export<W: Write>(store: &Store, tenant: &str, origin: &str, writer: W) -> io::Result<u64> {
    let mut exporter = Exporter::begin(writer, &Header::new(origin))?;
    let (mut from, mut count) = (0, 0_u64);
    loop {
        let page = store.audit_page(tenant, &AuditFilter::default(), from, PAGE).await;
        let page = page.map_err(io::Error::other)?;
        for (_, record) in &page.records {
            exporter.row(record)?;
            count = count.saturating_add(1);
        }
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    exporter.finish().map(|_| count)
}

/// What was found out about a log in its database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a report nobody reads finds nothing"]
pub struct Stored {
    report: Report,
    finding: Option<Finding>,
}

impl Stored {
    /// What the records say.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The first problem, of the records or beside them.
    pub const fn finding(&self) -> Option<Finding> {
        self.finding
    }
}

/// The first thing that is wrong with a log in its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// With the records themselves.
    Records(Problem),
    /// The columns that queries use do not say what the record says.
    Columns {
        /// Its number.
        seq: u64,
    },
    /// The tree that checkpoints are made from is not that of the records.
    Tree {
        /// How many records it is of.
        size: u64,
    },
}

impl Finding {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Records(problem) => problem.code(),
            Self::Columns { .. } => "audit.columns_differ",
            Self::Tree { .. } => "audit.tree_differs",
        }
    }

    /// The record it is about.
    pub const fn seq(self) -> Option<u64> {
        match self {
            Self::Records(problem) => problem.seq(),
            Self::Columns { seq } => Some(seq),
            Self::Tree { .. } => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(problem) => problem.fmt(f),
            Self::Columns { seq } => write!(f, "the columns of row {seq} do not say what its record says"),
            Self::Tree { size } => write!(f, "the stored tree of size {size} is not that of the records"),
        }
    }
}

/// Checks a tenant's log where it is kept: its records as an export would be checked, that nothing is behind the end of the tree
/// that checkpoints are made from, and that the columns say what the records say.
///
/// # Errors
/// [`StoreError`].
pub async fn verify_stored(
    store: &Store,
    tenant: &str,
    checkpoints: Vec<Checkpoint>,
) -> Result<Stored, StoreError> {
    let before = store.audit_tree(tenant).await?;
    let mut check = Check::of(&before, Auditor::new(checkpoints));
    let mut from = 0;
    loop {
        let rows = store.audit_rows(tenant, from, PAGE).await?;
        let Some(last) = rows.last() else { break };
        from = last.seq().saturating_add(1);
        rows.iter().for_each(|row| check.row(row.record(), row.seq(), row.agrees()));
        if check.auditor.is_decided() {
            break;
        }
    }
    // What was written meanwhile is in this one; what is in neither, nobody wrote who also grew the tree.
    let after = store.audit_tree(tenant).await?;
    Ok(check.finish(&after))
}

struct Check {
    auditor: Auditor,
    /// The tree over what was read.
    tree: Frontier,
    /// Size and root of the tree that is stored.
    wanted: (u64, Digest),
    beside: Option<Finding>,
}

impl Check {
    fn of(stored: &Frontier, auditor: Auditor) -> Self {
        let mut check =
            Self { auditor, tree: Frontier::new(), wanted: (stored.size(), stored.root()), beside: None };
        check.meet_tree();
        check
    }

    fn row(&mut self, record: &str, seq: u64, agrees: bool) {
        self.auditor.line(record.as_bytes());
        if self.tree.append(crate::audit::leaf_hash(record.as_bytes())).is_ok() {
            self.meet_tree();
        }
        if !agrees {
            self.beside.get_or_insert(Finding::Columns { seq });
        }
    }

    fn meet_tree(&mut self) {
        let (size, root) = self.wanted;
        if self.tree.size() == size && self.tree.root() != root {
            self.beside.get_or_insert(Finding::Tree { size });
        }
    }

    fn finish(self, after: &Frontier) -> Stored {
        let (read, size) = (self.tree.size(), self.wanted.0);
        let report = self.auditor.finish();
        let records = report.problem().map(Finding::Records);
        let cut = (read < size).then_some(Finding::Records(Problem::Truncated { seq: read }));
        let extra = (read > after.size()).then(|| Finding::Records(Problem::Inserted { seq: after.size() }));
        Stored { finding: records.or(cut).or(extra).or(self.beside), report }
    }
}

/// Everything that happened in the task of a task, an agent or a token, drawn as a tree from the launch on; nothing when no record
/// is about it.
///
/// # Errors
/// [`StoreError`].
pub async fn trail(
    store: &Store,
    tenant: &str,
    about: &AuditFilter,
) -> Result<Option<(String, Vec<Record>)>, StoreError> {
    let mut found = BTreeMap::new();
    gather(store, tenant, about, &mut found).await?;
    if let (true, Some(token)) = (tasks(&found).is_empty(), &about.token) {
        mentions(store, tenant, token, &mut found).await?;
    }
    for task in tasks(&found) {
        gather(store, tenant, &AuditFilter { task: Some(task), ..AuditFilter::default() }, &mut found)
            .await?;
    }
    // Who revokes a token or an agent need not know its task.
    for about in parts(&found) {
        gather(store, tenant, &about, &mut found).await?;
    }
    let records: Vec<Record> = found.into_values().collect();
    Ok((!records.is_empty()).then(|| (render(&records), records)))
}

type Found = BTreeMap<u64, Record>;

async fn gather(
    store: &Store,
    tenant: &str,
    filter: &AuditFilter,
    found: &mut Found,
) -> Result<(), StoreError> {
    let mut from = Some(0);
    while let Some(next) = from {
        let page = store.audit_page(tenant, filter, next, PAGE).await?;
        for (seq, text) in page.records {
            found.insert(seq, read(&text)?);
        }
        from = page.next;
    }
    Ok(())
}

/// Tokens that were derived offline have no record of their own: they are in the lineage of what was done under them.
async fn mentions(store: &Store, tenant: &str, token: &str, found: &mut Found) -> Result<(), StoreError> {
    let mut from = Some(0);
    while let Some(next) = from {
        let page = store.audit_page(tenant, &AuditFilter::default(), next, PAGE).await?;
        for (seq, text) in page.records.iter().filter(|(_, text)| text.contains(token)) {
            found.insert(*seq, read(text)?);
        }
        from = page.next;
    }
    Ok(())
}

fn read(text: &str) -> Result<Record, StoreError> {
    Record::parse(text.as_bytes()).map_err(|error| StoreError::Audit(error.code()))
}

fn tasks(found: &Found) -> BTreeSet<String> {
    let task = |record: &Record| {
        let event = record.event();
        let of_agent = event.agent.as_ref().map(|agent| agent.task().to_owned());
        event.task.as_ref().map(ToString::to_string).or(of_agent)
    };
    found.values().filter_map(task).collect()
}

fn parts(found: &Found) -> Vec<AuditFilter> {
    let agents: BTreeSet<&AgentId> =
        found.values().filter_map(|record| record.event().agent.as_ref()).collect();
    let all_tokens = |record: &Record| {
        [record.event().lineage.clone(), record.event().token.into_iter().collect()].concat()
    };
    let tokens: BTreeSet<TokenId> = found.values().flat_map(all_tokens).collect();
    let agent = |agent: &AgentId| AuditFilter { agent: Some(agent.to_string()), ..AuditFilter::default() };
    let token = |token: TokenId| AuditFilter { token: Some(token.to_string()), ..AuditFilter::default() };
    agents.into_iter().map(agent).chain(tokens.into_iter().map(token)).collect()
}
