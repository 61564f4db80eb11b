//! The PHC string format, for Argon2id alone: `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<output>`.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use core::fmt;
use core::ops::RangeInclusive;

/// Longest text: two values of 64 bytes and the numbers.
const LONGEST: usize = 256;
/// KiB; the upper bound is what an object of 128 MB can bear.
const MEMORY: RangeInclusive<u32> = 8..=65_536;
const PASSES: RangeInclusive<u32> = 1..=10;
const LANES: RangeInclusive<u32> = 1..=4;
/// Bytes of salt and output.
const SALT: RangeInclusive<usize> = 8..=64;
const OUTPUT: RangeInclusive<usize> = 16..=64;

/// A stored hash.
pub(super) struct Phc {
    pub(super) memory: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Phc {
    /// Reads a hash that is within bounds; `None` for any other text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (numbers, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = numbers.split(',');
        let mut number = |name: &str, range: RangeInclusive<u32>| {
            let digits = numbers.next()?.strip_prefix(name)?;
            let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|value| plain && range.contains(value))
        };
        let (memory, passes, lanes) = (number("m=", MEMORY)?, number("t=", PASSES)?, number("p=", LANES)?);
        let bytes = |text: &str, range: RangeInclusive<usize>| {
            STANDARD_NO_PAD.decode(text).ok().filter(|bytes| range.contains(&bytes.len()))
        };
        let (salt, output) = (bytes(salt, SALT)?, bytes(output, OUTPUT)?);
        let whole = parts.next().is_none() && numbers.next().is_none() && memory >= 8 * lanes;
        whole.then_some(Self { memory, passes, lanes, salt, output })
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, passes, lanes, salt, output } = self;
        let [salt, output] = [salt, output].map(|bytes| STANDARD_NO_PAD.encode(bytes));
        write!(formatter, "$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}")
    }
}
