//! What operators do, over HTTP and on the command line alike: one reading of what is to be revoked and of what is asked, one
//! way to sign a checkpoint, one check of the log that the database keeps.

mod ledger;
mod question;
mod target;

pub use ledger::{Finding, Stored, Unsigned, export, sign_checkpoint, trail, verify_stored};
pub(crate) use question::User;
pub use question::{BadQuestion, question};
pub use target::{BadTarget, Target};

use crate::{
    config::Config,
    serve::store_options,
    store::{Dialect, Store, StoreError},
};

/// Opens the database of a service that exists. Unlike a server, a command makes no file: in a wrong folder it would revoke in an
/// empty database and say that it has.
///
/// # Errors
/// [`StoreError::Database`] when it is not there, [`StoreError::Schema`] when it is not of this version.
pub async fn open(config: &Config) -> Result<Store, StoreError> {
    let mut options = store_options(config);
    if Dialect::of(&options.url)? == Dialect::Sqlite && !options.url.contains('?') {
        options.url.push_str("?mode=rw");
    }
    let store = Store::connect(&options).await?;
    match store.check_schema().await {
        Ok(()) => Ok(store),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}
