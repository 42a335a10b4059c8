//! What a command reads: a file, or standard input by the name `-`.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
};

/// The most that is read of a policy, a question or a checkpoint.
const MOST: u64 = 4 << 20;

/// Reads a whole file, with its name in the error.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut text = String::new();
    let read = open(path)?.take(MOST.saturating_add(1)).read_to_string(&mut text).map_err(named)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MOST {
        return Err(named(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 4 MiB")));
    }
    Ok(text)
}

/// Opens a file to be read line by line.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    match fs::File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}
