//! What the service remembers, and the only place that speaks SQL.
//!
//! The same statements run on SQLite and on PostgreSQL. Reads take a connection of a pool and see what is committed. Writes are
//! [`Intent`]s: a few steps that happen together with their audit records or not at all. One writer a node gathers what
//! arrives while a transaction is being made durable and puts it into the next one, so many callers share one flush to disk.

mod audit;
mod batch;
mod error;
mod gathered;
mod intent;
mod lookup;
mod migrate;
mod notices;
mod open;
mod recent;
mod revocations;
mod rows;
mod steps;
mod sweep;
mod writer;

pub use audit::{AuditFilter, AuditPage, AuditRow};
pub use error::{Denied, StoreError};
pub use intent::{Charged, Done, Intent, NewHandle, NewLaunch, NewSession, NewStatus, Reason, Renewal, Step};
pub use lookup::{LaunchRow, SessionRow};
pub use notices::{Heads, Notices};
pub use open::{Dialect, Store, StoreOptions};
pub use revocations::RevocationRow;
pub use steps::once_id;
pub use sweep::{Pruned, Silent};
