//! The migrations are compiled in: a change of one must compile again.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
