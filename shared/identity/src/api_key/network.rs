//! Networks from which a key may be used: CIDR blocks of IPv4 (RFC 4632) and IPv6 (RFC 4291, section 2.3).

use crate::{Error, Result};
use core::fmt;
use core::net::IpAddr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest text of an address: IPv6 with an IPv4 tail.
const LONGEST_ADDRESS: usize = 45;

/// A block of addresses. The bits after the prefix are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The address of a caller as the edge's header names it; an IPv4 address mapped into IPv6 becomes the IPv4 address.
pub fn caller_address(text: &str) -> Option<IpAddr> {
    if text.len() > LONGEST_ADDRESS {
        return None;
    }
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or one address.
    ///
    /// # Errors
    /// [`Error::NetworkInvalid`], also where a bit after the prefix is set: whoever writes `192.0.2.7/24` means something else.
    pub fn parse(text: &str) -> Result<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address = Some(address).filter(|text| text.len() <= LONGEST_ADDRESS).and_then(|text| text.parse().ok());
        let address: IpAddr = address.ok_or(Error::NetworkInvalid)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let digits = |text: &str| text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
        let prefix = match prefix {
            None => width,
            Some(text) if text.len() <= 3 && digits(text) => text.parse().map_err(|_| Error::NetworkInvalid)?,
            Some(_) => return Err(Error::NetworkInvalid),
        };
        let mapped = address.to_canonical() != address;
        if prefix > width || mapped || bits(address).checked_shl(u32::from(prefix)).unwrap_or(0) != 0 {
            return Err(Error::NetworkInvalid);
        }
        Ok(Self { address, prefix })
    }

    /// Whether all of the block lies in `other`.
    pub fn is_within(self, other: Self) -> bool {
        self.prefix >= other.prefix && other.contains(self.address)
    }

    /// Whether `address` lies in the block.
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let same = bits(address) ^ bits(self.address);
        address.is_ipv4() == self.address.is_ipv4() && (self.prefix == 0 || same >> (128 - u32::from(self.prefix)) == 0)
    }
}

/// The bits of an address from the top of 128.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
