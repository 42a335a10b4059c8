//! What goes wrong around the service: it says so, does nothing by halves, and goes on when it is over.

mod clock;
mod database;
mod disk;
mod network;
#[path = "../process/mod.rs"]
mod process;
mod program;
