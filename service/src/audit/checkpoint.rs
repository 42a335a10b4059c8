//! Checkpoints: what a log was at a size, signed, for whoever wants to hold it to that (C2SP tlog-checkpoint v1.0.0).

use super::{
    NoteError, PreparedNote, VerifierKey,
    note::open,
    tree::{Frontier, MAX_SIZE},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use keybound::Digest;

/// The most extension lines read in a checkpoint; we write none, and the specification advises against them.
pub const MAX_EXTENSIONS: usize = 16;

/// The origin, the size and the root of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Digest,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of the tree that `frontier` is the edge of.
    ///
    /// # Errors
    /// `note.not_checkpoint` when the origin is empty or holds a control character.
    pub fn of(origin: &str, frontier: &Frontier) -> Result<Self, NoteError> {
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: frontier.size(),
            root: frontier.root(),
            extensions: Vec::new(),
        };
        if is_line(origin) { Ok(checkpoint) } else { Err(NoteError::NotCheckpoint) }
    }

    /// Reads the text of a checkpoint; nobody vouches for it yet.
    ///
    /// # Errors
    /// `note.not_checkpoint`.
    pub fn parse_text(text: &str) -> Result<Self, NoteError> {
        read(text).ok_or(NoteError::NotCheckpoint)
    }

    /// Opens a signed checkpoint. One of `keys` whose name is the checkpoint's origin must have signed it, so that the key of
    /// one log cannot speak for another.
    ///
    /// # Errors
    /// `note.wrong_origin` when no such key did; those of [`open`]; `note.not_checkpoint`.
    pub fn open(note: &[u8], keys: &[VerifierKey]) -> Result<Self, NoteError> {
        let note = open(note, keys)?;
        let checkpoint = Self::parse_text(note.text())?;
        let has_signed = note.signers().iter().any(|key| key.name() == checkpoint.origin);
        if has_signed { Ok(checkpoint) } else { Err(NoteError::WrongOrigin) }
    }

    /// Prepares the signature of the log's key, which is named after the origin.
    ///
    /// # Errors
    /// `note.wrong_origin` when the key has another name.
    pub fn prepare(&self, key: VerifierKey) -> Result<PreparedNote, NoteError> {
        if key.name() != self.origin {
            return Err(NoteError::WrongOrigin);
        }
        PreparedNote::new(self.to_text(), key)
    }

    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let root = BASE64_STANDARD.encode(self.root.as_bytes());
        let extensions: String = self.extensions.iter().map(|line| format!("{line}\n")).collect();
        format!("{}\n{}\n{root}\n{extensions}", self.origin, self.size)
    }

    /// The identity of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many records there were.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree over them.
    pub const fn root(&self) -> &Digest {
        &self.root
    }

    /// Lines behind the root, whose meaning is not known here.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let extensions: Vec<String> = lines.map(str::to_owned).collect();
    let size: u64 = size.parse().ok().filter(|number: &u64| number.to_string() == size)?;
    let root: [u8; 32] = BASE64_STANDARD.decode(root).ok()?.try_into().ok()?;
    let are_lines = is_line(origin) && extensions.iter().all(|line| is_line(line));
    (are_lines && extensions.len() <= MAX_EXTENSIONS && size <= MAX_SIZE).then(|| Checkpoint {
        origin: origin.to_owned(),
        size,
        root: Digest::from_bytes(root),
        extensions,
    })
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|byte| byte < b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::test_utils::{Signer, leaves};

    /// The example of C2SP tlog-checkpoint.
    const EXAMPLE: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const ORIGIN: &str = "audit.example/acme";

    fn frontier(size: usize) -> Frontier {
        let mut frontier = Frontier::new();
        for leaf in leaves(size) {
            frontier.append(leaf).unwrap();
        }
        frontier
    }

    fn signed(checkpoint: &Checkpoint, signer: &Signer) -> String {
        let prepared = checkpoint.prepare(signer.key(checkpoint.origin())).unwrap();
        let signature = signer.sign(prepared.to_be_signed());
        prepared.finish(&signature).unwrap()
    }

    #[test]
    fn the_published_example_reads_and_writes_back() {
        let checkpoint = Checkpoint::parse_text(EXAMPLE).unwrap();
        assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size(), 20_852_163);
        assert!(checkpoint.root().to_string().starts_with("0ac5186a91863e8e1d90c808"));
        assert_eq!(checkpoint.to_text(), EXAMPLE);
    }

    #[test]
    fn a_signed_checkpoint_opens_under_its_own_key_only() {
        let (signer, other) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
        for size in [0, 1, 21] {
            let checkpoint = Checkpoint::of(ORIGIN, &frontier(size)).unwrap();
            let note = signed(&checkpoint, &signer);
            assert_eq!(Checkpoint::open(note.as_bytes(), &[signer.key(ORIGIN)]), Ok(checkpoint));
            assert_eq!(Checkpoint::open(note.as_bytes(), &[other.key(ORIGIN)]), Err(NoteError::Unsigned));
        }
    }

    /// A key that is trusted for one log signs a checkpoint that names another.
    #[test]
    fn the_key_of_one_log_cannot_speak_for_another() {
        let (ours, theirs) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
        let text = Checkpoint::of(ORIGIN, &frontier(3)).unwrap().to_text();
        let prepared = PreparedNote::new(text, theirs.key("audit.example/other")).unwrap();
        let signature = theirs.sign(prepared.to_be_signed());
        let note = prepared.finish(&signature).unwrap();
        let keys = [ours.key(ORIGIN), theirs.key("audit.example/other")];
        assert_eq!(Checkpoint::open(note.as_bytes(), &keys), Err(NoteError::WrongOrigin));
        let checkpoint = Checkpoint::of(ORIGIN, &frontier(3)).unwrap();
        assert_eq!(checkpoint.prepare(theirs.key("other")).unwrap_err(), NoteError::WrongOrigin);
    }

    #[test]
    fn a_changed_origin_size_or_root_is_refused() {
        let signer = Signer::from_seed([1; 32]);
        let (keys, checkpoint) = ([signer.key(ORIGIN)], Checkpoint::of(ORIGIN, &frontier(21)).unwrap());
        let note = signed(&checkpoint, &signer);
        let root = BASE64_STANDARD.encode(checkpoint.root().as_bytes());
        let other_root = BASE64_STANDARD.encode([9; 32]);
        for (from, to) in
            [("acme\n", "acne\n"), ("\n21\n", "\n20\n"), (&root, &other_root), ("\n21\n", "\n21\n21\n")]
        {
            let changed = note.replacen(from, to, 1);
            assert_ne!(changed, note);
            assert_eq!(
                Checkpoint::open(changed.as_bytes(), &keys),
                Err(NoteError::BadSignature),
                "{changed}"
            );
        }
    }

    #[test]
    fn extension_lines_are_kept() {
        let signer = Signer::from_seed([1; 32]);
        let text = Checkpoint::of(ORIGIN, &frontier(2)).unwrap().to_text();
        let checkpoint = Checkpoint::parse_text(&format!("{text}one\ntwo words\n")).unwrap();
        assert_eq!(checkpoint.extensions(), ["one", "two words"]);
        let note = signed(&checkpoint, &signer);
        assert_eq!(Checkpoint::open(note.as_bytes(), &[signer.key(ORIGIN)]), Ok(checkpoint));
        assert!(Checkpoint::parse_text(&format!("{text}{}", "x\n".repeat(MAX_EXTENSIONS))).is_ok());
        assert!(Checkpoint::parse_text(&format!("{text}{}", "x\n".repeat(MAX_EXTENSIONS + 1))).is_err());
    }

    #[test]
    fn other_texts_are_no_checkpoints() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        assert!(Checkpoint::parse_text(&format!("o\n0\n{root}\n")).is_ok());
        for text in [
            String::new(),
            "o\n1\n".to_owned(),
            format!("o\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("o\n\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n1 \n{root}\n"),
            format!("o\n1.0\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("o\n9007199254740992\n{root}\n"),
            format!("o\n1\n{root}\n\n"),
            format!("o\n1\n{root}\n\nx\n"),
            format!("o\n1\n{root}x\n"),
            format!("o\n1\n{}\n", root.trim_end_matches('=')),
            format!("o\n1\n{}\n", BASE64_STANDARD.encode([0; 31])),
            format!("o\n1\n{}\n", BASE64_STANDARD.encode([0; 33])),
            format!("o\n1\n{}\n", root.replace('/', "_")),
            format!("o\n1\n{}\n", root.replace("2I=", "2J=")),
            format!("o\r\n1\n{root}\n"),
        ] {
            assert_eq!(Checkpoint::parse_text(&text), Err(NoteError::NotCheckpoint), "{text:?}");
        }
        assert_eq!(Checkpoint::of("", &frontier(1)), Err(NoteError::NotCheckpoint));
        assert_eq!(Checkpoint::of("a\nb", &frontier(1)), Err(NoteError::NotCheckpoint));
    }
}
