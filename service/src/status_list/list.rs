//! The list itself: one status per index, packed from the lowest bit up, compressed with ZLIB (draft section 4.1).

use super::StatusListError;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status as Progress};
use std::fmt;

/// The largest list, unpacked, in bytes: 2^24 statuses of eight bits. A compressed list may grow to a thousand times its size;
/// nothing larger than this is ever held.
pub const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// How much room is added at a time while a list is unpacked or packed.
const STEP: usize = 64 * 1024;

/// How many bits each status takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bits {
    /// Valid or invalid.
    One,
    /// Four statuses.
    Two,
    /// Sixteen statuses.
    Four,
    /// 256 statuses.
    Eight,
}

impl Bits {
    /// Reads the `bits` member.
    ///
    /// # Errors
    /// `status_list.bad_bits`.
    pub const fn new(bits: u64) -> Result<Self, StatusListError> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(StatusListError::BadBits),
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// How many statuses a byte holds.
    const fn per_byte(self) -> usize {
        match self {
            Self::One => 8,
            Self::Two => 4,
            Self::Four => 2,
            Self::Eight => 1,
        }
    }

    /// The largest status, which is also the mask of one.
    const fn largest(self) -> u8 {
        match self {
            Self::One => 0b1,
            Self::Two => 0b11,
            Self::Four => 0b1111,
            Self::Eight => 0xff,
        }
    }
}

/// The state of a token (draft section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(u8);

impl Status {
    /// The token is valid.
    pub const VALID: Self = Self(0);
    /// The token is revoked for good.
    pub const INVALID: Self = Self(1);
    /// The token is not valid for now.
    pub const SUSPENDED: Self = Self(2);

    /// A status by its number; what it means beyond the three above is for the application to say.
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A list of statuses. Compare two by what they say: their compressed forms may differ.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list in which at least `len` tokens are valid; it ends with its last byte.
    ///
    /// # Errors
    /// `status_list.too_large` above [`MAX_LIST_BYTES`].
    pub fn with_len(bits: Bits, len: usize) -> Result<Self, StatusListError> {
        let size = len.div_ceil(bits.per_byte());
        if size > MAX_LIST_BYTES {
            return Err(StatusListError::TooLarge);
        }
        Ok(Self { bits, bytes: vec![0; size] })
    }

    /// How many bits a status takes.
    pub const fn bits(&self) -> Bits {
        self.bits
    }

    /// How many indexes there are.
    pub const fn len(&self) -> usize {
        self.bytes.len().saturating_mul(self.bits.per_byte())
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The status at `index`.
    ///
    /// # Errors
    /// `status_list.out_of_range`.
    pub fn get(&self, index: usize) -> Result<Status, StatusListError> {
        let (place, shift) = self.place(index);
        let byte = self.bytes.get(place).ok_or(StatusListError::OutOfRange)?;
        Ok(Status(byte.wrapping_shr(shift) & self.bits.largest()))
    }

    /// Sets the status at `index`.
    ///
    /// # Errors
    /// `status_list.out_of_range`, `status_list.bad_status`.
    pub fn set(&mut self, index: usize, status: Status) -> Result<(), StatusListError> {
        let (place, shift) = self.place(index);
        let mask = self.bits.largest();
        if status.0 > mask {
            return Err(StatusListError::BadStatus);
        }
        let byte = self.bytes.get_mut(place).ok_or(StatusListError::OutOfRange)?;
        *byte = *byte & !mask.wrapping_shl(shift) | status.0.wrapping_shl(shift);
        Ok(())
    }

    /// The compressed list: a ZLIB stream (RFC 1950) at the highest level, which the draft recommends.
    pub fn compress(&self) -> Vec<u8> {
        let mut zlib = Compress::new(Compression::best(), true);
        let mut out = Vec::new();
        loop {
            out.reserve(STEP);
            let rest = rest(&self.bytes, zlib.total_in());
            // Compressing into memory that is there does not fail; it ends when the input does.
            match zlib.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Progress::Ok | Progress::BufError) => {}
                Ok(Progress::StreamEnd) | Err(_) => return out,
            }
        }
    }

    /// The `lst` member: the compressed list in base64url.
    pub fn to_lst(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.compress())
    }

    /// Reads a compressed list.
    ///
    /// # Errors
    /// `status_list.too_large` when it unpacks to more than [`MAX_LIST_BYTES`]; `status_list.bad_encoding` when it is not one
    /// whole ZLIB stream, its checksum is wrong, or something follows it.
    pub fn decompress(bits: Bits, compressed: &[u8]) -> Result<Self, StatusListError> {
        let mut zlib = Decompress::new(true);
        let mut bytes = Vec::new();
        loop {
            // One byte beyond the limit is enough to see that there is more.
            let room = MAX_LIST_BYTES.saturating_add(1).saturating_sub(bytes.len());
            bytes.reserve_exact(STEP.min(room));
            let before = (zlib.total_in(), zlib.total_out());
            let progress =
                zlib.decompress_vec(rest(compressed, zlib.total_in()), &mut bytes, FlushDecompress::None);
            if bytes.len() > MAX_LIST_BYTES {
                return Err(StatusListError::TooLarge);
            }
            match progress {
                Ok(Progress::StreamEnd) => break,
                Ok(_) if before != (zlib.total_in(), zlib.total_out()) => {}
                _ => return Err(StatusListError::BadEncoding),
            }
        }
        if !rest(compressed, zlib.total_in()).is_empty() {
            return Err(StatusListError::BadEncoding);
        }
        bytes.shrink_to_fit();
        Ok(Self { bits, bytes })
    }

    /// Reads the `lst` member.
    ///
    /// # Errors
    /// Those of [`StatusList::decompress`]; `status_list.bad_encoding` when it is not base64url without padding.
    pub fn from_lst(bits: Bits, lst: &str) -> Result<Self, StatusListError> {
        let compressed = BASE64_URL_SAFE_NO_PAD.decode(lst).map_err(|_| StatusListError::BadEncoding)?;
        Self::decompress(bits, &compressed)
    }

    /// Which byte holds a status, and how far up in it.
    fn place(&self, index: usize) -> (usize, u32) {
        // INVARIANT: a byte holds at least one status.
        let per_byte = self.bits.per_byte();
        let place = index.checked_div(per_byte).unwrap_or(usize::MAX);
        let above = u32::try_from(index.checked_rem(per_byte).unwrap_or_default()).unwrap_or_default();
        (place, above.saturating_mul(u32::from(self.bits.get())))
    }
}

/// Its shape alone: a list may hold millions.
impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusList({} of {} bits)", self.len(), self.bits.get())
    }
}

/// What was not taken yet.
fn rest(bytes: &[u8], taken: u64) -> &[u8] {
    usize::try_from(taken).ok().and_then(|taken| bytes.get(taken..)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
