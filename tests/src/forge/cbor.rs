//! A minimal CBOR writer that can also write what must be refused.

/// One CBOR item. Maps and arrays are written in the order given; [`Item::map`] sorts.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An integer, in the fewest bytes.
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Item>),
    /// A map, as given: neither sorted nor checked for repeated keys.
    Map(Vec<(Item, Item)>),
    /// A tagged item.
    Tag(u64, Box<Item>),
    /// A float, in the fewest bytes that keep its value.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// Bytes put in as they are: the door for everything malformed.
    Raw(Vec<u8>),
}

impl Item {
    /// A text string.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A byte string.
    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(bytes.as_ref().to_vec())
    }

    /// A map whose entries are sorted by the encodings of their keys.
    pub fn map(mut entries: Vec<(Self, Self)>) -> Self {
        entries.sort_by_key(|(key, _)| key.encode());
        Self::Map(entries)
    }

    /// A map with integer keys, sorted.
    pub fn claims(entries: Vec<(i64, Self)>) -> Self {
        Self::map(entries.into_iter().map(|(key, value)| (Self::Int(key), value)).collect())
    }

    /// A set: an array whose members are sorted by their encodings, repeated ones dropped.
    pub fn set(members: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut members: Vec<Self> = members.into_iter().collect();
        members.sort_by_key(Self::encode);
        members.dedup_by_key(|member| member.encode());
        members
    }

    /// A number the way the format wants it: an integer where it is one within 2^53-1,
    /// else the shortest float.
    pub fn number(value: f64) -> Self {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        if value.fract() == 0.0 && value.abs() <= LARGEST {
            Self::Int(value as i64)
        } else {
            Self::Float(value)
        }
    }

    /// The bytes of the item.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(n) if *n >= 0 => head(0, *n as u64, out),
            Self::Int(n) => head(1, !*n as u64, out),
            Self::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend(bytes);
            }
            Self::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend(text.as_bytes());
            }
            Self::Array(items) => {
                head(4, items.len() as u64, out);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(entries) => {
                head(5, entries.len() as u64, out);
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Tag(tag, item) => {
                head(6, *tag, out);
                item.write(out);
            }
            Self::Float(value) => float(*value, out),
            Self::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
            Self::Null => out.push(0xf6),
            Self::Raw(bytes) => out.extend(bytes),
        }
    }
}

/// The head of an item in the fewest bytes.
pub fn head(major: u8, n: u64, out: &mut Vec<u8>) {
    match n {
        0..=23 => out.push(major << 5 | n as u8),
        24..=0xff => long_head(major, n, 1, out),
        0x100..=0xffff => long_head(major, n, 2, out),
        0x1_0000..=0xffff_ffff => long_head(major, n, 4, out),
        _ => long_head(major, n, 8, out),
    }
}

/// The head of an item with the argument in `width` bytes, whether or not fewer would do.
pub fn long_head(major: u8, n: u64, width: usize, out: &mut Vec<u8>) {
    out.push(major << 5 | [24, 25, 26, 27][width.trailing_zeros() as usize]);
    out.extend(&n.to_be_bytes()[8 - width..]);
}

/// An integer with its argument in `width` bytes.
pub fn long_int(n: u64, width: usize) -> Item {
    let mut out = Vec::new();
    long_head(0, n, width, &mut out);
    Item::Raw(out)
}

/// A 64-bit float, whether or not fewer bits would do.
pub fn long_float(value: f64) -> Item {
    let mut out = vec![0xfb];
    out.extend(value.to_be_bytes());
    Item::Raw(out)
}

/// An array or a map of indefinite length.
pub fn indefinite(major: u8, items: &[Item]) -> Item {
    let mut out = vec![major << 5 | 31];
    items.iter().for_each(|item| item.write(&mut out));
    out.push(0xff);
    Item::Raw(out)
}

fn float(value: f64, out: &mut Vec<u8>) {
    let single = value as f32;
    if f64::from(single).to_bits() != value.to_bits() {
        out.push(0xfb);
        out.extend(value.to_be_bytes());
    } else if let Some(half) = half(single) {
        out.push(0xf9);
        out.extend(half.to_be_bytes());
    } else {
        out.push(0xfa);
        out.extend(single.to_be_bytes());
    }
}

/// The half-precision bits of a value that has them exactly.
fn half(value: f32) -> Option<u16> {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return Some(sign);
    }
    let exponent = (bits >> 23 & 0xff) as i32 - 127;
    if exponent == 128 {
        return (bits & 0x7f_ffff == 0).then_some(sign | 0x7c00);
    }
    if (-14..=15).contains(&exponent) && bits & 0x1fff == 0 {
        return Some(sign | ((exponent + 15) as u16) << 10 | (bits >> 13) as u16 & 0x3ff);
    }
    let steps = magnitude * 16_777_216.0;
    (exponent < -14 && steps.fract() == 0.0).then_some(sign | steps as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_rfc_8949_appendix_a_shows() {
        let cases: &[(Item, &str)] = &[
            (Item::Int(0), "00"),
            (Item::Int(23), "17"),
            (Item::Int(24), "1818"),
            (Item::Int(1000), "1903e8"),
            (Item::Int(1_000_000), "1a000f4240"),
            (Item::Int(-1), "20"),
            (Item::Int(-1000), "3903e7"),
            (Item::Float(1.5), "f93e00"),
            (Item::Float(1.1), "fb3ff199999999999a"),
            (Item::Float(100_000.5), "fa47c35040"),
            (Item::Float(5.960_464_477_539_063e-8), "f90001"),
            (Item::Float(0.000_061_035_156_25), "f90400"),
            (Item::Float(-4.1), "fbc010666666666666"),
            (Item::Float(f64::INFINITY), "f97c00"),
            (Item::number(1e300), "fb7e37e43c8800759c"),
            (Item::text("IETF"), "6449455446"),
            (Item::map(vec![(Item::text("b"), Item::Int(1)), (Item::Int(9), Item::Null)]), "a209f6616201"),
            (indefinite(4, &[Item::Int(1)]), "9f01ff"),
            (long_int(1, 4), "1a00000001"),
        ];
        for (item, expected) in cases {
            assert_eq!(hex::encode(item.encode()), *expected, "{item:?}");
        }
    }
}
