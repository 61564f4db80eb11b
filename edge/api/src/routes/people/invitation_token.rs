//! The token of an invitation, as it stands in its link: `ati_<cell>_<tenant ulid>_<secret>`. Only its hash is kept.

use attune_contracts::canonical::{hex, sha256_hex};
use attune_domain::{Cell, TenantId};

/// Length of the secret, hexadecimal digits.
const SECRET: usize = 64;

/// A new token and its hash, of 32 random bytes.
pub fn make(tenant: &TenantId, random: &[u8; 32]) -> (String, String) {
    let token = format!("ati_{}_{}_{}", tenant.cell(), tenant.ulid(), hex(random));
    let hash = sha256_hex(token.as_bytes());
    (token, hash)
}

/// Tenant and hash of a token of this cell.
pub fn read(token: &str, cell: &Cell) -> Option<(TenantId, String)> {
    let mut parts = token.strip_prefix("ati_")?.split('_');
    let (of, ulid, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let good = secret.len() == SECRET && secret.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if of != cell.as_str() || !good || parts.next().is_some() {
        return None;
    }
    Some((TenantId::from_ulid(cell, ulid).ok()?, sha256_hex(token.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_read_and_nothing_else() {
        let cell = Cell::parse("eu1").unwrap();
        let tenant = TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap();
        let (token, hash) = make(&tenant, &[7; 32]);
        assert_eq!(read(&token, &cell), Some((tenant, hash)));
        assert_eq!(read(&token, &Cell::parse("us1").unwrap()), None);
        for bad in ["", "ati_", "ati_eu1_x_y", &format!("{token}_"), &token[..token.len() - 1], &token.to_uppercase()] {
            assert_eq!(read(bad, &cell), None, "{bad}");
        }
    }
}
