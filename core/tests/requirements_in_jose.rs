//! The same rows, the same tests, in the JWS of AAT-02: `common::FORMAT` goes by this file's name.

#[path = "requirements.rs"]
mod requirements;
