//! keybound
fn main() {}
