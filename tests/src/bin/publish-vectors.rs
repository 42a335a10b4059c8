//! `publish-vectors <folder>`: writes our vectors as one set, with its schema, its page and the licences.

use keybound_tests::publish;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("usage: publish-vectors <folder>"));
    fs::create_dir_all(&folder).expect("a folder");
    let set = publish::set();
    let mut text = serde_json::to_string_pretty(&set).expect("JSON");
    text.push('\n');
    fs::write(folder.join("keybound-vectors.json"), &text).expect("writable");
    let licences = ["LICENSE-MIT", "LICENSE-APACHE"].map(|name| publish::folder().join("../..").join(name));
    let documents = ["schema.json", "README.md"].map(|name| publish::folder().join(name));
    for file in licences.iter().chain(&documents) {
        fs::copy(file, folder.join(file.file_name().expect("a name"))).expect("copied");
    }
    let count = set["vectors"].as_array().expect("vectors").len();
    println!("vectors: {count} published, {} bytes", text.len());
}
