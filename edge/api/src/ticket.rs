//! The text of a one-time ticket.

use attune_contracts::canonical::hex;
use attune_domain::id::is_ulid;
use attune_domain::{Cell, TenantId};

/// `tkt.<tenant ulid>.<ulid of the user, or of the chat room>.<secret>`: characters that a subprotocol's name may have (RFC 6455, section 4.1).
pub fn make(tenant: &TenantId, id: &str, random: &[u8; 32]) -> String {
    format!("tkt.{}.{}.{}", tenant.ulid(), id.split_once('_').map_or(id, |(_, ulid)| ulid), hex(random))
}

/// Tenant and user of a ticket of this cell.
pub fn owner(ticket: &str, cell: &Cell) -> Option<(TenantId, String)> {
    let (tenant, ulid) = parts(ticket, cell)?;
    Some((tenant, format!("usr_{ulid}")))
}

/// Tenant and ULID of a ticket of this cell.
pub fn parts<'a>(ticket: &'a str, cell: &Cell) -> Option<(TenantId, &'a str)> {
    let mut parts = ticket.strip_prefix("tkt.")?.split('.');
    let tenant = TenantId::from_ulid(cell, parts.next()?).ok()?;
    let ulid = parts.next().filter(|ulid| is_ulid(ulid))?;
    let secret = parts.next()?;
    let whole = secret.len() == 64 && parts.next().is_none();
    whole.then_some((tenant, ulid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_says_whose_it_is() {
        let tenant = TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap();
        let ticket = make(&tenant, "usr_01hzzzzzzzzzzzzzzzzzzzzzzy", &[1; 32]);
        let cell = tenant.cell();
        assert_eq!(owner(&ticket, &cell), Some((tenant, "usr_01hzzzzzzzzzzzzzzzzzzzzzzy".to_owned())));
        for bad in ["", "tkt.", "tkt.x.y.z", &format!("{ticket}.a"), &ticket[..60]] {
            assert_eq!(owner(bad, &cell), None, "{bad}");
        }
    }
}
