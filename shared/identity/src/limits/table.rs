//! Which limits hold: data in six tiers.

use super::Error;
use super::bucket::Rate;
use attune_domain::json;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// One value for each class.
type ByClass<T> = [T; RouteClass::ALL.len()];

/// The rates of one plan on one class; an absent tier does not limit there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ClassRates {
    key: Option<Rate>,
    user: Option<Rate>,
    route: Option<Rate>,
    plan: Option<Rate>,
}

/// The rates of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Plan {
    name: String,
    tenant: Rate,
    classes: ByClass<ClassRates>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    address: ByClass<Rate>,
    plans: Vec<Plan>,
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
pub struct Policy {
    /// Tier.
    pub tier: Tier,
    /// Name of the bucket: `tier:subject[:class]`.
    pub bucket: String,
    /// Rate.
    pub rate: Rate,
}

impl Limits {
    /// Reads a table, and checks every rate of it.
    ///
    /// # Errors
    /// [`Error`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let table: Value = json::from_str(text).map_err(|e| Error::Json(e.to_string()))?;
        read::table(&table)
    }

    /// The names of the plans.
    pub fn plans(&self) -> impl Iterator<Item = &str> {
        self.plans.iter().map(|plan| plan.name.as_str())
    }

    /// The rate of a tier, if it limits there.
    pub fn rate(&self, tier: Tier, plan: Option<&str>, class: RouteClass) -> Option<&Rate> {
        if tier == Tier::Address {
            return self.address.get(class as usize);
        }
        let named = |name: &str| self.plans.iter().find(|plan| plan.name == name);
        let plan = plan.and_then(named).or_else(|| named(DEFAULT_PLAN))?;
        if tier == Tier::Tenant {
            return Some(&plan.tenant);
        }
        let rates = plan.classes.get(class as usize)?;
        match tier {
            Tier::Key => rates.key.as_ref(),
            Tier::User => rates.user.as_ref(),
            Tier::Route => rates.route.as_ref(),
            _ => rates.plan.as_ref(),
        }
    }

    /// The limits that hold for a caller on a class of routes, in the order in which to ask them.
    pub fn policies(&self, class: RouteClass, caller: Caller<'_>) -> Vec<Policy> {
        let policy = |tier: Tier| {
            let subject = match tier {
                Tier::Address => block(caller.address?),
                Tier::Key => caller.key?.to_owned(),
                Tier::User => caller.user?.to_owned(),
                Tier::Route | Tier::Tenant | Tier::Plan => caller.tenant?.to_owned(),
            };
            let rate = *self.rate(tier, caller.plan, class)?;
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

/// Reading by hand: derived code for these maps is 8 KB of the Worker's bundle.
mod read {
    use super::{ByClass, ClassRates, DEFAULT_PLAN, Error, Limits, Map, Plan, Rate, RouteClass, Value};

    pub(super) fn table(value: &Value) -> Result<Limits, Error> {
        let [address, plans] = members(value, "the table", ["address", "plans"], 2)?;
        let address = by_class(address, "address", &|value, place| rate(value, place))?;
        let plans =
            object(plans, "plans")?.iter().map(|(name, value)| plan(name, value)).collect::<Result<Vec<_>, _>>()?;
        if plans.iter().any(|plan| plan.name == DEFAULT_PLAN) {
            Ok(Limits { address, plans })
        } else {
            Err(Error::Missing(format!("the plan {DEFAULT_PLAN}")))
        }
    }

    fn plan(name: &str, value: &Value) -> Result<Plan, Error> {
        let [tenant, classes] = members(value, name, ["tenant", "classes"], 2)?;
        let tenant = rate(tenant, &format!("{name} tenant"))?;
        Ok(Plan { name: name.to_owned(), tenant, classes: by_class(classes, name, &class_rates)? })
    }

    fn class_rates(value: &Value, place: &str) -> Result<ClassRates, Error> {
        let found = members(value, place, ["key", "user", "route", "plan"], 0)?;
        let mut rates = [None; 4];
        for (slot, value) in rates.iter_mut().zip(found).filter(|(_, value)| !value.is_null()) {
            *slot = Some(rate(value, place)?);
        }
        let [key, user, route, plan] = rates;
        Ok(ClassRates { key, user, route, plan })
    }

    fn by_class<T: Default + Copy>(
        value: &Value,
        place: &str,
        one: &dyn Fn(&Value, &str) -> Result<T, Error>,
    ) -> Result<ByClass<T>, Error> {
        let names = RouteClass::ALL.map(RouteClass::as_str);
        let found = members(value, place, names, names.len())?;
        let mut all = [T::default(); RouteClass::ALL.len()];
        for ((slot, value), name) in all.iter_mut().zip(found).zip(names) {
            *slot = one(value, &format!("{place} {name}"))?;
        }
        Ok(all)
    }

    fn rate(value: &Value, place: &str) -> Result<Rate, Error> {
        let numbers = members(value, place, ["burst", "tokens", "seconds"], 3)?;
        let wrong = || Error::Rate(place.to_owned());
        let mut values = [0; 3];
        for (slot, value) in values.iter_mut().zip(numbers) {
            *slot = value.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong)?;
        }
        let [burst, tokens, seconds] = values;
        let rate = Rate { burst, tokens, seconds };
        if rate.is_valid() { Ok(rate) } else { Err(wrong()) }
    }

    /// The members of an object by these names and no others; the first `needed` must be there, the rest may be null.
    fn members<'a, const N: usize>(
        value: &'a Value,
        place: &str,
        names: [&str; N],
        needed: usize,
    ) -> Result<[&'a Value; N], Error> {
        let object = object(value, place)?;
        if let Some(other) = object.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(Error::Json(format!("{place}: {other} is not known")));
        }
        if let Some(missing) = names.iter().take(needed).find(|name| !object.contains_key(**name)) {
            return Err(Error::Missing(format!("{place} {missing}")));
        }
        Ok(names.map(|name| object.get(name).unwrap_or(&Value::Null)))
    }

    fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, Error> {
        value.as_object().ok_or_else(|| Error::Json(format!("{place} is not an object")))
    }
}
