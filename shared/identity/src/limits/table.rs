//! Which limits hold: data in six tiers.

use super::Error;
use super::bucket::Rate;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table that is built in. [`Limits::parse`] reads it; a test has read it before.
pub const STANDARD: &str = include_str!("limits.json");
/// The plan of who names none, or one that the table does not have.
pub const DEFAULT_PLAN: &str = "free";

/// Whose tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// One address, or one /64 of IPv6: before anything is known of the caller.
    Address,
    /// One API key.
    Key,
    /// One person.
    User,
    /// One tenant on one class of routes.
    Route,
    /// One tenant on all routes.
    Tenant,
    /// What the contract allows a tenant in a long time.
    Plan,
}

impl Tier {
    /// All tiers in the order in which they are asked: the cheapest and narrowest first.
    pub const ALL: [Self; 6] = [Self::Address, Self::Key, Self::User, Self::Route, Self::Tenant, Self::Plan];

    /// The name, as in bucket names and header fields.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Key => "key",
            Self::User => "user",
            Self::Route => "route",
            Self::Tenant => "tenant",
            Self::Plan => "plan",
        }
    }
}

/// Routes that cost alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteClass {
    /// Passwords, codes, OIDC call-backs: where guessing is done.
    SignIn,
    /// Access tokens, refresh, tickets.
    Token,
    /// Voice tokens and rooms.
    Voice,
    /// Reading.
    Read,
    /// Changing.
    Write,
    /// Snapshots and sound.
    Ingest,
    /// Opening of live connections.
    Stream,
}

impl RouteClass {
    /// All classes.
    pub const ALL: [Self; 7] =
        [Self::SignIn, Self::Token, Self::Voice, Self::Read, Self::Write, Self::Ingest, Self::Stream];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Token => "token",
            Self::Voice => "voice",
            Self::Read => "read",
            Self::Write => "write",
            Self::Ingest => "ingest",
            Self::Stream => "stream",
        }
    }
}

/// The rates of one plan on one class; an absent tier does not limit there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRates {
    #[serde(default)]
    key: Option<Rate>,
    #[serde(default)]
    user: Option<Rate>,
    #[serde(default)]
    route: Option<Rate>,
    #[serde(default)]
    plan: Option<Rate>,
}

/// The rates of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    tenant: Rate,
    classes: BTreeMap<RouteClass, ClassRates>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    address: BTreeMap<RouteClass, Rate>,
    plans: BTreeMap<String, Plan>,
}

/// What is known of the caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// Address.
    pub address: Option<IpAddr>,
    /// Tenant's id.
    pub tenant: Option<&'a str>,
    /// Tenant's plan.
    pub plan: Option<&'a str>,
    /// Key id.
    pub key: Option<&'a str>,
    /// User's id.
    pub user: Option<&'a str>,
}

/// A limit that holds for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Tier.
    pub tier: Tier,
    /// Name of the bucket: `tier:subject[:class]`.
    pub bucket: String,
    /// Rate.
    pub rate: &'a Rate,
}

impl Limits {
    /// Reads a table, and checks every rate of it.
    ///
    /// # Errors
    /// [`Error`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let limits: Self = serde_json::from_str(text).map_err(|e| Error::Json(e.to_string()))?;
        if !limits.plans.contains_key(DEFAULT_PLAN) {
            return Err(Error::Missing(format!("the plan {DEFAULT_PLAN}")));
        }
        for class in RouteClass::ALL {
            let name = class.as_str();
            let address = limits.address.get(&class).ok_or_else(|| Error::Missing(format!("address {name}")))?;
            check(address, format_args!("address {name}"))?;
            for (plan_name, plan) in &limits.plans {
                check(&plan.tenant, format_args!("{plan_name} tenant"))?;
                let missing = || Error::Missing(format!("{plan_name} {name}"));
                let rates = plan.classes.get(&class).ok_or_else(missing)?;
                for rate in [rates.key, rates.user, rates.route, rates.plan].iter().flatten() {
                    check(rate, format_args!("{plan_name} {name}"))?;
                }
            }
        }
        Ok(limits)
    }

    /// The names of the plans.
    pub fn plans(&self) -> impl Iterator<Item = &str> {
        self.plans.keys().map(String::as_str)
    }

    /// The rate of a tier, if it limits there.
    pub fn rate(&self, tier: Tier, plan: Option<&str>, class: RouteClass) -> Option<&Rate> {
        if tier == Tier::Address {
            return self.address.get(&class);
        }
        let plan = plan.and_then(|name| self.plans.get(name)).or_else(|| self.plans.get(DEFAULT_PLAN))?;
        if tier == Tier::Tenant {
            return Some(&plan.tenant);
        }
        let rates = plan.classes.get(&class)?;
        match tier {
            Tier::Key => rates.key.as_ref(),
            Tier::User => rates.user.as_ref(),
            Tier::Route => rates.route.as_ref(),
            _ => rates.plan.as_ref(),
        }
    }

    /// The limits that hold for a caller on a class of routes, in the order in which to ask them.
    pub fn policies(&self, class: RouteClass, caller: Caller<'_>) -> Vec<Policy<'_>> {
        let policy = |tier: Tier| {
            let subject = match tier {
                Tier::Address => block(caller.address?),
                Tier::Key => caller.key?.to_owned(),
                Tier::User => caller.user?.to_owned(),
                Tier::Route | Tier::Tenant | Tier::Plan => caller.tenant?.to_owned(),
            };
            let rate = self.rate(tier, caller.plan, class)?;
            let bucket = match tier {
                Tier::Tenant => format!("{}:{subject}", tier.as_str()),
                _ => format!("{}:{subject}:{}", tier.as_str(), class.as_str()),
            };
            Some(Policy { tier, bucket, rate })
        };
        Tier::ALL.into_iter().filter_map(policy).collect()
    }
}

/// Who has one address of IPv6 has a /64 of them (RFC 6177).
fn block(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{}/64", core::net::Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

fn check(rate: &Rate, place: core::fmt::Arguments<'_>) -> Result<(), Error> {
    if rate.is_valid() { Ok(()) } else { Err(Error::Rate(place.to_string())) }
}
