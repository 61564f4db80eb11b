//! Texts made from good and bad ones, for every parser of what strangers send: none may make it panic or linger.
//!
//! It does not look at which code a text reaches, so its seeds have to be near to every branch; they are files beside the tests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A parser by its name; whether it takes the bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Texts for each parser where no time is given.
const TEXTS: u64 = 3_000;
/// The longest that a parser may take for one text, on a machine that does other things too.
const LINGERS: Duration = Duration::from_secs(5);
/// The longest text that is made.
const LONGEST: usize = 65_536;

/// The files of a folder: name and bytes, in order.
///
/// # Panics
/// When there is no such folder.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, std::fs::read(entry.path()).ok()?)))
        .collect();
    found.sort();
    found
}

/// Feeds each target what is made from its seeds: for `ATTUNE_FUZZ_S` seconds each, else a moment; on all cores.
///
/// # Panics
/// When a target does, with the text; and when one takes too long.
pub fn run(targets: &[Target], seeds: impl Fn(&str) -> Vec<Vec<u8>> + Sync) {
    let seconds = std::env::var("ATTUNE_FUZZ_S").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((name, parser)) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (texts, fault) = one(*parser, &seeds(name), Duration::from_secs(seconds));
                    if seconds > 0 {
                        eprintln!("fuzz: {name}: {texts} texts in {seconds} s");
                    }
                    if let (Some(fault), Ok(mut faults)) = (fault, faults.lock()) {
                        faults.push(format!("{name}: {fault}"));
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_default();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// How many texts one target was given, and what went wrong.
fn one(parser: fn(&[u8]) -> bool, seeds: &[Vec<u8>], time: Duration) -> (u64, Option<String>) {
    let mut dice = Dice(if time.is_zero() { 0x9e37_79b9_7f4a_7c15 } else { seed() });
    let (begun, mut texts) = (Instant::now(), 0);
    while texts < TEXTS || begun.elapsed() < time {
        texts += 1;
        let bytes = made(seeds, &mut dice);
        let started = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| parser(&bytes))).is_err() {
            return (texts, Some(format!("panics at {}", String::from_utf8_lossy(&bytes).escape_debug())));
        }
        if started.elapsed() > LINGERS {
            return (texts, Some(format!("takes long for {}", String::from_utf8_lossy(&bytes).escape_debug())));
        }
    }
    (texts, None)
}

/// Other texts in every long run: what it finds is printed whole.
fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(1, |since| since.as_nanos() as u64 | 1)
}

/// Numbers that follow from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % below.max(1)
    }
}

/// Bytes changed, doubled, taken out, nested, spliced with another seed: most nasty texts are near to good ones.
fn made(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const NASTY: &[u8] = b"\"\\$:/.{}[],_-@\x00\xff019azAZ%;=+ \n\t~e";
    const NUMBERS: [&[u8]; 8] =
        [b"-1", b"18446744073709551616", b"1e400", b"0.1", b"null", b"\xc3\x28", b"\\ud800", b"9999999999999999"];
    let any = |dice: &mut Dice| seeds.get(dice.below(seeds.len())).map_or(&b""[..], Vec::as_slice);
    let mut bytes = any(dice).to_vec();
    for _ in 0..=dice.below(4) {
        let (at, to) = (dice.below(bytes.len()), dice.below(bytes.len() + 1));
        let (from, to) = (at.min(to), at.max(to));
        match dice.below(9) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 if !bytes.is_empty() => bytes[at] = dice.below(256) as u8,
            2 => drop(bytes.drain(from..to.min(from + 8))),
            3 => bytes.insert(from, NASTY[dice.below(NASTY.len())]),
            4 => bytes.extend_from_within(from..to.min(from + 64)),
            5 => drop(bytes.splice(from..to.min(from + 12), NUMBERS[dice.below(NUMBERS.len())].iter().copied())),
            6 => bytes.truncate(from),
            7 => {
                // deep or long: what recurses or is quadratic shows itself
                let again = bytes.get(from..to.min(from + 4)).unwrap_or_default().repeat(1 << dice.below(13));
                bytes.splice(from..from, again);
            }
            _ => {
                let other = any(dice);
                let cut = dice.below(other.len() + 1);
                bytes.truncate(from);
                bytes.extend_from_slice(&other[cut..]);
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_panics_is_named_with_its_text() {
        let fragile: Target = ("fragile", |bytes| {
            assert!(!bytes.starts_with(b"ab") || bytes.len() != 3, "three");
            true
        });
        let sturdy: Target = ("sturdy", |bytes| bytes.len() > 3);
        let seeds = |_: &str| vec![b"abcd".to_vec(), b"xyz".to_vec()];
        run(&[sturdy], seeds);
        let said = catch_unwind(|| run(&[sturdy, fragile], seeds)).unwrap_err();
        let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(said.contains("fragile: panics at ab"), "{said}");
    }
}
