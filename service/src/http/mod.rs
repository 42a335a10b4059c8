//! The service over HTTP: one file a resource. A handler parses, asks core or the policy, stores and answers.

mod admin;
mod agent;
mod answer;
mod audit;
mod auth;
mod context;
mod fault;
mod foreign;
mod form;
mod handle;
mod health;
mod introspect;
mod launch;
mod limits;
mod mint;
mod revocations;
mod revoke;
mod routes;
mod session;
mod token;
mod well_known;
mod wish;

pub use answer::{OAuthError, Problem};
pub use audit::origin as audit_origin;
pub use context::Context;
pub use fault::Fault;
pub use routes::{ROUTES, app};
