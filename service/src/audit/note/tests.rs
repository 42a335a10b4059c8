//! Known notes of other implementations, and attacks on a note of ours.

use super::*;
use crate::audit::test_utils::Signer;

/// The example of the Go module the format comes from: key, text, signature. Its private seed is public.
const NEUMANN_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NEUMANN_SEED: &str = "YEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const NEUMANN_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NEUMANN_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The example of C2SP signed-note v1.0.0.
const C2SP_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const C2SP_NOTE: &str = "This is an example message.\n\n\
    \u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn key(text: &str) -> VerifierKey {
    VerifierKey::parse(text).unwrap()
}

#[test]
fn published_notes_open() {
    let opened = open(NEUMANN_NOTE.as_bytes(), &[key(C2SP_KEY), key(NEUMANN_KEY)]).unwrap();
    assert_eq!(opened.text(), NEUMANN_TEXT);
    assert_eq!(opened.signers(), [key(NEUMANN_KEY)]);
    let opened = open(C2SP_NOTE.as_bytes(), &[key(C2SP_KEY)]).unwrap();
    assert_eq!(opened.text(), "This is an example message.\n");
}

/// Ed25519 has one signature per key and text: ours is theirs, byte for byte.
#[test]
fn the_published_seed_signs_the_published_note() {
    let typed = BASE64_STANDARD.decode(format!("A{NEUMANN_SEED}")).unwrap();
    let (kind, seed) = typed.split_first().unwrap();
    assert_eq!(*kind, ED25519);
    let signer = Signer::from_seed(seed.try_into().unwrap());
    let prepared = PreparedNote::new(NEUMANN_TEXT.into(), signer.key("PeterNeumann")).unwrap();
    assert_eq!(prepared.signer(), &key(NEUMANN_KEY));
    let signature = signer.sign(prepared.to_be_signed());
    assert_eq!(prepared.finish(&signature).unwrap(), NEUMANN_NOTE);
}

fn signed(text: &str, signer: &Signer, name: &str) -> String {
    let prepared = PreparedNote::new(text.into(), signer.key(name)).unwrap();
    let signature = signer.sign(prepared.to_be_signed());
    prepared.finish(&signature).unwrap()
}

/// The line of a note that holds its only signature.
fn line(note: &str) -> &str {
    note.rsplit_once("\n\n").unwrap().1
}

#[test]
fn only_the_awaited_signature_finishes_a_note() {
    let (signer, other) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    let prepared = PreparedNote::new("a\n".into(), signer.key("log")).unwrap();
    for signature in [other.sign(b"a\n"), signer.sign(b"a"), [0; 64]] {
        assert_eq!(prepared.clone().finish(&signature), Err(NoteError::BadSignature));
    }
    assert!(prepared.finish(&signer.sign(b"a\n")).is_ok());
    for text in ["", "a", "a\nb", "a\r\n", "a\tb\n", "a\u{0}\n"] {
        let refused = PreparedNote::new(text.into(), signer.key("log")).unwrap_err();
        assert_eq!(refused, NoteError::Malformed, "{text:?}");
    }
    let long = PreparedNote::new("a\n".repeat(MAX_NOTE_BYTES), signer.key("log"));
    assert_eq!(long.unwrap_err(), NoteError::TooLarge);
}

#[test]
fn a_text_may_hold_empty_lines_and_what_looks_like_a_signature() {
    let signer = Signer::from_seed([1; 32]);
    for text in ["a\n\nb\n", "\n", "\n\n\n", "a\n\n\u{2014} log AAAAAAAA\n", "größe\n"] {
        let note = signed(text, &signer, "log");
        assert_eq!(open(note.as_bytes(), &[signer.key("log")]).unwrap().text(), text);
    }
}

#[test]
fn unknown_signatures_are_ignored_and_known_ones_must_hold() {
    let (ours, theirs) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    let (a, b) = (signed("text\n", &ours, "log"), signed("text\n", &theirs, "witness"));
    let both = format!("{a}{}", line(&b));
    let known = [ours.key("log"), theirs.key("witness")];
    assert_eq!(open(both.as_bytes(), &known).unwrap().signers(), known);
    assert_eq!(open(both.as_bytes(), &known[..1]).unwrap().signers(), &known[..1]);
    assert_eq!(open(both.as_bytes(), &known[1..]).unwrap().signers(), &known[1..]);
    assert_eq!(open(both.as_bytes(), &[]), Err(NoteError::Unsigned));
    // The same key under another name, or another key under the same name, is unknown.
    assert_eq!(open(a.as_bytes(), &[ours.key("log2")]), Err(NoteError::Unsigned));
    assert_eq!(open(a.as_bytes(), &[theirs.key("log")]), Err(NoteError::Unsigned));
    // A post-quantum signature of another type does not disturb.
    let large = format!("{a}\u{2014} pq {}\n", BASE64_STANDARD.encode([7; 5000]));
    assert!(open(large.as_bytes(), &known).is_ok());
    // One by a known key that does not hold spoils the note, whatever else holds.
    let foreign = signed("other text\n", &theirs, "witness");
    let spoiled = format!("{a}{}", line(&foreign));
    assert_eq!(open(spoiled.as_bytes(), &known), Err(NoteError::BadSignature));
    assert!(open(spoiled.as_bytes(), &known[..1]).is_ok());
    // The id of a known key in front of anything else than 64 bytes.
    let short: Vec<u8> = known[0].id().iter().chain(&[1; 63]).copied().collect();
    let short = format!("text\n\n\u{2014} log {}\n", BASE64_STANDARD.encode(short));
    assert_eq!(open(short.as_bytes(), &known), Err(NoteError::BadSignature));
    let twice = format!("{a}{}", line(&a));
    assert_eq!(open(twice.as_bytes(), &known), Err(NoteError::DuplicateSignature));
    assert_eq!(open(twice.as_bytes(), &known[1..]), Err(NoteError::Unsigned));
}

#[test]
fn sizes_are_bounded() {
    let signer = Signer::from_seed([1; 32]);
    let (note, known) = (signed("text\n", &signer, "log"), [signer.key("log")]);
    let more = |count: usize| format!("{note}{}", "\u{2014} witness AAAAAAAA\n".repeat(count));
    assert!(open(more(MAX_SIGNATURES - 1).as_bytes(), &known).is_ok());
    assert_eq!(open(more(MAX_SIGNATURES).as_bytes(), &known), Err(NoteError::TooLarge));
    let long = format!("{}{note}", "a".repeat(MAX_NOTE_BYTES));
    assert_eq!(open(long.as_bytes(), &known), Err(NoteError::TooLarge));
}

#[test]
fn every_other_form_is_refused() {
    let signer = Signer::from_seed([1; 32]);
    let (note, known) = (signed("one\ntwo\n", &signer, "log"), [signer.key("log")]);
    assert!(open(note.as_bytes(), &known).is_ok());
    let encoded = line(&note).trim_end().rsplit(' ').next().unwrap().to_owned();
    for changed in [
        String::new(),
        "\n".to_owned(),
        "\n\n".to_owned(),
        note.replace("\n\n", "\n"),
        note.replace('\n', "\r\n"),
        note.replace("two", "t\two"),
        note.trim_end().to_owned(),
        format!("{note}\n"),
        format!("{note}\n\n"),
        format!("{note}more\n"),
        format!("{note} "),
        note.replace('\u{2014}', "-"),
        note.replace("\u{2014} ", "\u{2014}"),
        note.replace("\u{2014} ", "\u{2014}\u{a0}"),
        note.replace("\u{2014} log ", "\u{2014} log  "),
        note.replace("\u{2014} log ", "\u{2014}  "),
        note.replace("\u{2014} log ", "\u{2014} lo+g "),
        note.replace(&encoded, encoded.strip_suffix('=').unwrap()),
        note.replace(&encoded, &format!("{encoded} ")),
        note.replace(&encoded, "AAAA"),
        note.replace(&encoded, "AAAAAA=="),
        note.replace(&encoded, "AAAAAB=="),
        note.replace(&encoded, ""),
    ] {
        assert_eq!(open(changed.as_bytes(), &known), Err(NoteError::Malformed), "{changed:?}");
    }
    assert_eq!(open(&[note.as_bytes(), &[0xff, b'\n']].concat(), &known), Err(NoteError::Malformed));
    for changed in [note.replace("one", "0ne"), note.replace("two\n", "two\n\n"), format!("\n{note}")] {
        assert_eq!(open(changed.as_bytes(), &known), Err(NoteError::BadSignature), "{changed:?}");
    }
}

#[test]
fn no_byte_of_a_note_can_change() {
    let signer = Signer::from_seed([1; 32]);
    let (note, known) = (signed("log.example\n7\nx\n", &signer, "log"), [signer.key("log")]);
    for at in 0..note.len() {
        for flip in [1, 2, 16, 32, 128] {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= flip;
            assert!(open(&changed, &known).is_err(), "{at} {flip}");
        }
        assert!(open(&note.as_bytes()[..at], &known).is_err());
    }
}
