//! The examples and lists of the draft, and attacks on the compressed form.

use super::*;
use crate::status_list::StatusListClaims;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The lists of the draft's appendix, and its two examples.
const LISTS: [&str; 6] = [
    "status_list_encoding",
    "status_list_encoding2",
    "status_list_encoding1_long",
    "status_list_encoding2_long",
    "status_list_encoding4",
    "status_list_encoding8",
];

fn vectors() -> Value {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/foreign/oauth-status-list/vectors.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn list(vector: &Value) -> StatusList {
    let bits = Bits::new(vector["json"]["bits"].as_u64().unwrap()).unwrap();
    StatusList::from_lst(bits, vector["json"]["lst"].as_str().unwrap()).unwrap()
}

/// The byte string behind the text `lst` in a CBOR map, whose length takes at most two bytes.
fn cbor_lst(cbor: &[u8]) -> &[u8] {
    let at = cbor.windows(4).position(|window| window == b"\x63lst").unwrap() + 4;
    let (start, length) = match cbor[at] {
        head @ 0x40..=0x57 => (at + 1, usize::from(head - 0x40)),
        0x58 => (at + 2, usize::from(cbor[at + 1])),
        0x59 => (at + 3, usize::from(u16::from_be_bytes([cbor[at + 1], cbor[at + 2]]))),
        head => panic!("a byte string of {head}"),
    };
    &cbor[start..start + length]
}

#[test]
fn every_list_of_the_draft_unpacks_to_its_bytes_in_both_encodings() {
    let vectors = vectors();
    for name in LISTS {
        let (vector, list) = (&vectors[name], list(&vectors[name]));
        assert_eq!(list.bytes.len(), usize::try_from(vector["uncompressed_len"].as_u64().unwrap()).unwrap());
        let digest: String = Sha256::digest(&list.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, vector["uncompressed_sha256"].as_str().unwrap());
        let cbor = hex(vector["cbor_hex"].as_str().unwrap());
        assert_eq!(StatusList::decompress(list.bits(), cbor_lst(&cbor)), Ok(list.clone()), "{name}");
        // Ours may be other bytes, but reads the same.
        assert_eq!(StatusList::from_lst(list.bits(), &list.to_lst()), Ok(list));
    }
    let lists = vectors.as_object().unwrap().keys().filter(|name| name.starts_with("status_list_encoding"));
    assert_eq!(lists.count(), LISTS.len());
}

/// Draft section 4.1 spells these two out, index by index.
#[test]
fn the_two_worked_examples_hold_what_the_draft_says() {
    let vectors = vectors();
    let numbers = |name: &str| -> Vec<u8> {
        let list = list(&vectors[name]);
        (0..list.len()).map(|index| list.get(index).unwrap().get()).collect()
    };
    assert_eq!(numbers("status_list_encoding"), [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    assert_eq!(numbers("status_list_encoding2"), [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
}

#[test]
fn every_status_of_the_long_lists_reads_back_and_the_rest_is_valid() {
    let vectors = vectors();
    let long = [
        ("1", "status_list_encoding1_long"),
        ("2", "status_list_encoding2_long"),
        ("4", "status_list_encoding4"),
        ("8", "status_list_encoding8"),
    ];
    let expected = vectors["expected_statuses_2^20_entries"].as_object().unwrap();
    assert_eq!(expected.len(), long.len());
    let mut checked = 0;
    for (bits, name) in long {
        let theirs = list(&vectors[name]);
        let mut ours = StatusList::with_len(theirs.bits(), 1 << 20).unwrap();
        for (index, status) in expected[bits].as_object().unwrap() {
            let index: usize = index.parse().unwrap();
            let status = Status::new(u8::try_from(status.as_u64().unwrap()).unwrap());
            assert_eq!(theirs.get(index), Ok(status), "{name} {index}");
            ours.set(index, status).unwrap();
            checked += 1;
        }
        for (_, index, status) in UNLISTED.iter().filter(|(width, ..)| *width == bits) {
            assert_eq!(theirs.get(*index), Ok(*status));
            ours.set(*index, *status).unwrap();
        }
        // The same list made here: all other indexes are equal too.
        assert_eq!(ours, theirs, "{name}");
        assert_eq!(theirs.get((1 << 20) - 1).map(Status::get), Ok(ours.get((1 << 20) - 1).unwrap().get()));
        assert_eq!(theirs.get(1 << 20), Err(StatusListError::OutOfRange));
    }
    println!("{checked} statuses in {} lists", LISTS.len());
    assert_eq!(checked, EXPECTED_STATUSES);
}

/// Set in the bytes of the draft's list, but not in its table: found by the comparison of whole lists.
const UNLISTED: [(&str, usize, Status); 1] = [("2", 25_460, Status::INVALID)];

/// How many the draft lists.
const EXPECTED_STATUSES: usize = 292;

#[test]
fn the_tokens_of_the_draft_carry_the_first_list() {
    let vectors = vectors();
    let first = list(&vectors["status_list_encoding"]);
    let jwt = vectors["status_list_token_jwt"].as_str().unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    let claims = StatusListClaims::parse(&payload).unwrap();
    assert_eq!(claims.sub, "https://example.com/statuslists/1");
    assert_eq!(
        (claims.iat.as_secs(), claims.exp.map(|exp| exp.as_secs())),
        (1_686_920_170, Some(2_291_720_170))
    );
    assert_eq!((claims.ttl, &claims.list), (Some(43_200), &first));
    let cwt = hex(vectors["status_list_token_cwt_hex"].as_str().unwrap());
    assert_eq!(StatusList::decompress(Bits::One, cbor_lst(&cwt)), Ok(first));
}

#[test]
fn statuses_stay_apart() {
    for bits in [Bits::One, Bits::Two, Bits::Four, Bits::Eight] {
        let mut list = StatusList::with_len(bits, 33).unwrap();
        assert!(list.len() >= 33 && !list.is_empty());
        for index in 0..list.len() {
            list.set(index, Status::new(bits.largest())).unwrap();
            list.set(index, Status::new(bits.largest() >> 1)).unwrap();
        }
        assert!((0..list.len()).all(|index| list.get(index) == Ok(Status::new(bits.largest() >> 1))));
        list.set(5, Status::VALID).unwrap();
        let changed: Vec<usize> = (0..list.len())
            .filter(|index| list.get(*index) != Ok(Status::new(bits.largest() >> 1)))
            .collect();
        assert_eq!(changed, if bits == Bits::One { vec![] } else { vec![5] });
        for index in [list.len(), usize::MAX] {
            assert_eq!(list.get(index), Err(StatusListError::OutOfRange));
            assert_eq!(list.set(index, Status::VALID), Err(StatusListError::OutOfRange));
        }
    }
    let mut list = StatusList::with_len(Bits::One, 8).unwrap();
    assert_eq!(list.set(0, Status::SUSPENDED), Err(StatusListError::BadStatus));
    assert_eq!(list.set(0, Status::INVALID), Ok(()));
    let empty = StatusList::with_len(Bits::One, 0).unwrap();
    assert_eq!(empty.get(0), Err(StatusListError::OutOfRange));
    assert_eq!(StatusList::from_lst(Bits::One, &empty.to_lst()), Ok(empty));
}

#[test]
fn a_bomb_is_refused_before_it_is_held() {
    let most = StatusList { bits: Bits::Eight, bytes: vec![0; MAX_LIST_BYTES] };
    let compressed = most.compress();
    assert!(compressed.len() < 100_000);
    assert_eq!(StatusList::decompress(Bits::Eight, &compressed).unwrap().bytes.len(), MAX_LIST_BYTES);
    for excess in [1, MAX_LIST_BYTES] {
        let bomb = StatusList { bits: Bits::Eight, bytes: vec![0; MAX_LIST_BYTES + excess] }.compress();
        assert_eq!(StatusList::decompress(Bits::Eight, &bomb), Err(StatusListError::TooLarge));
    }
    assert_eq!(StatusList::with_len(Bits::Eight, MAX_LIST_BYTES + 1), Err(StatusListError::TooLarge));
    assert_eq!(StatusList::with_len(Bits::One, usize::MAX), Err(StatusListError::TooLarge));
    assert!(StatusList::with_len(Bits::One, MAX_LIST_BYTES * 8).is_ok());
}

#[test]
fn only_one_whole_zlib_stream_is_read() {
    let mut list = StatusList::with_len(Bits::Two, 400).unwrap();
    for index in (0..400).step_by(7) {
        list.set(index, Status::INVALID).unwrap();
    }
    let compressed = list.compress();
    assert_eq!(StatusList::decompress(Bits::Two, &compressed), Ok(list));
    for length in 0..compressed.len() {
        let cut = StatusList::decompress(Bits::Two, &compressed[..length]);
        assert_eq!(cut, Err(StatusListError::BadEncoding), "{length}");
    }
    let mut longer = compressed.clone();
    longer.push(0);
    assert_eq!(StatusList::decompress(Bits::Two, &longer), Err(StatusListError::BadEncoding));
    let twice = [compressed.as_slice(), &compressed].concat();
    assert_eq!(StatusList::decompress(Bits::Two, &twice), Err(StatusListError::BadEncoding));
    // DEFLATE without the ZLIB frame, and a wrong checksum.
    let bare = &compressed[2..compressed.len() - 4];
    assert_eq!(StatusList::decompress(Bits::Two, bare), Err(StatusListError::BadEncoding));
    let mut checksum = compressed;
    *checksum.last_mut().unwrap() ^= 1;
    assert_eq!(StatusList::decompress(Bits::Two, &checksum), Err(StatusListError::BadEncoding));
    for lst in [
        "eNrbuRgAAhcBXQ=",
        "eNrbuRgAAhcBXR",
        "eNrbuRgAAhcBX",
        " eNrbuRgAAhcBXQ",
        "eNrbuRgAAhcBXQ\n",
        "+NrbuRgAAhcBXQ",
        "",
    ] {
        assert_eq!(StatusList::from_lst(Bits::One, lst), Err(StatusListError::BadEncoding), "{lst:?}");
    }
    assert!(StatusList::from_lst(Bits::One, "eNrbuRgAAhcBXQ").is_ok());
}

proptest! {
    #[test]
    fn what_is_set_is_read_after_the_way_through_lst(
        bits in prop::sample::select(vec![Bits::One, Bits::Two, Bits::Four, Bits::Eight]),
        numbers in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let mut list = StatusList::with_len(bits, numbers.len()).unwrap();
        for (index, number) in numbers.iter().enumerate() {
            list.set(index, Status::new(number & bits.largest())).unwrap();
        }
        let read = StatusList::from_lst(bits, &list.to_lst()).unwrap();
        for (index, number) in numbers.iter().enumerate() {
            prop_assert_eq!(read.get(index), Ok(Status::new(number & bits.largest())));
        }
        prop_assert_eq!(read, list);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let framed = [&[0x78, 0xda], bytes.as_slice()].concat();
        for bytes in [&bytes, &framed] {
            if let Ok(list) = StatusList::decompress(Bits::One, bytes) {
                prop_assert_eq!(StatusList::from_lst(Bits::One, &list.to_lst()), Ok(list));
            }
        }
    }
}
