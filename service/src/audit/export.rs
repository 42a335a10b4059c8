//! The export of a log: a header, then one canonical record per line, for whoever checks it without the service.

use super::{
    Record,
    members::{Reader, Writer},
};
use std::io::{self, Write};

/// The name of the format, and its version.
pub const FORMAT: &str = "keybound-audit-1";
/// The longest header, in bytes.
pub const MAX_HEADER_BYTES: usize = 4096;

/// What every header begins with, and no record: RFC 8785 sorts the members.
const HEADER_MARK: &[u8] = b"{\"format\":";

/// The first line of an export: which log it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    origin: String,
}

impl Header {
    /// The header of an export of the log `origin`, as its checkpoints name it.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned() }
    }

    /// Which log it is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The canonical form (RFC 8785).
    pub fn to_json(&self) -> String {
        let mut members = Writer::default();
        members.text("format", Some(FORMAT));
        members.text("origin", Some(&self.origin));
        members.into_json().unwrap_or_default()
    }

    /// Whether the line is meant as a header.
    pub(super) fn is_meant(line: &[u8]) -> bool {
        line.starts_with(HEADER_MARK)
    }

    /// Reads a header in exactly its canonical form.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let members = Reader::parse(line.get(..MAX_HEADER_BYTES.min(line.len()))?)?;
        let header = Self::new(members.text("origin")?);
        (header.to_json().as_bytes() == line).then_some(header)
    }
}

/// Writes an export, record by record.
#[derive(Debug)]
pub struct Exporter<W: Write>(W);

impl<W: Write> Exporter<W> {
    /// Begins the export of a log.
    ///
    /// # Errors
    /// What the writer says.
    pub fn begin(mut writer: W, header: &Header) -> io::Result<Self> {
        writer.write_all(header.to_json().as_bytes())?;
        writer.write_all(b"\n")?;
        Ok(Self(writer))
    }

    /// Writes the next record.
    ///
    /// # Errors
    /// What the writer says.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.row(record.as_json())
    }

    /// Writes what stands in the place of the next record, whatever it is: an export hides nothing from its auditor.
    ///
    /// # Errors
    /// What the writer says.
    pub fn row(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.write_all(b"\n")
    }

    /// Ends the export and gives the writer back.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        self.0.flush()?;
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::test_utils::log;

    #[test]
    fn an_export_is_a_header_and_a_line_per_record() {
        let log = log(2);
        let mut exporter = Exporter::begin(Vec::new(), &Header::new("audit.example/acme")).unwrap();
        for record in &log {
            exporter.record(record).unwrap();
        }
        let text = String::from_utf8(exporter.finish().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"{"format":"keybound-audit-1","origin":"audit.example/acme"}"#);
        assert_eq!(lines[1..], [log[0].as_json(), log[1].as_json()]);
        assert!(text.ends_with('\n'));
        assert_eq!(Header::parse(lines[0].as_bytes()), Some(Header::new("audit.example/acme")));
        assert!(Header::is_meant(lines[0].as_bytes()) && !Header::is_meant(lines[1].as_bytes()));
    }

    #[test]
    fn other_headers_are_refused() {
        for line in [
            r#"{"format":"keybound-audit-2","origin":"a"}"#,
            r#"{"format":"keybound-audit-1"}"#,
            r#"{"format":"keybound-audit-1","origin":"a","x":1}"#,
            r#"{"format": "keybound-audit-1","origin":"a"}"#,
        ] {
            assert_eq!(Header::parse(line.as_bytes()), None, "{line}");
        }
        let long = Header::new(&"o".repeat(MAX_HEADER_BYTES)).to_json();
        assert_eq!(Header::parse(long.as_bytes()), None);
    }
}
