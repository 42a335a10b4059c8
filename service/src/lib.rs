//! The issuing service.
