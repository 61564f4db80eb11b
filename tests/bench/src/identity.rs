//! What credentials cost at the door: the API key's path and the path of a signed-in device, beside a route that does nothing.

use crate::error::{Error, Result};
use crate::load::{self, Numbers, Target};
use crate::measure::{cpu_of, median};
use crate::report::{Bound, Report};
use crate::rig::Rig;
use crate::standin::Standin;
use crate::worker::{Series, ratio};
use crate::workerd::{Entry, Worker};
use attune_dev::http;
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use serde_json::{Value, json};

const PART: &str = "identity";
/// Requests of one round of one variant.
const REQUESTS: u64 = 1_500;
/// Signed-in people: a session remembers so many live proofs and no more.
const PEOPLE: usize = 24;

/// A signed-in person.
pub struct Person {
    /// The device.
    pub device: Device,
    /// The access token.
    pub access: String,
}

/// Signs a person of the tenant up.
///
/// # Errors
/// The Worker refuses.
pub fn sign_up(worker: &Worker, tenant_id: &str) -> Result<Person> {
    let email = format!("{}@example.com", random_hex(8)?);
    let invitation = json!({"schema_version": 1, "email": email, "role": "member"});
    let made = worker.admin(&format!("/v1/admin/tenants/{tenant_id}/invitations"), &invitation)?;
    let token = made["token"].as_str().ok_or_else(|| Error::wrong("the invitation has no token"))?;
    let device = Device::new();
    let url = format!("{}/v1/invitations/accept", worker.url);
    let nonce = nonce(worker, &device)?;
    let proof = device.proof("POST", &url, None, Some(&nonce));
    let body = json!({"schema_version": 1, "token": token, "name": "Bench"});
    let headers = [("dpop", proof.as_str()), ("content-type", "application/json")];
    let tokens: Value = http::send("POST", &url, &headers, body.to_string().as_bytes(), 20)?.success("sign up")?.json();
    let access = tokens["access_token"].as_str().ok_or_else(|| Error::wrong("there is no access token"))?.to_owned();
    Ok(Person { device, access })
}

/// The nonce that the Worker wants now.
///
/// # Errors
/// It hands none out.
pub fn nonce(worker: &Worker, device: &Device) -> Result<String> {
    let url = format!("{}/v1/auth/refresh", worker.url);
    let proof = device.proof("POST", &url, None, None);
    let headers = [("dpop", proof.as_str()), ("content-type", "application/json")];
    http::header("POST", &url, &headers, "dpop-nonce")?.ok_or_else(|| Error::wrong("there is no DPoP-Nonce"))
}

impl Person {
    /// The tails of so many requests, each with a proof of its own. `body`: JSON, empty for none.
    pub fn tails(&self, method: &str, url: &str, nonce: &str, count: usize, body: &str) -> Vec<String> {
        let described = match body.len() {
            0 => String::new(),
            length => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
        };
        let tail = |_| {
            let proof = self.device.proof(method, url, Some(&self.access), Some(nonce));
            format!("authorization: DPoP {}\r\ndpop: {proof}\r\n{described}\r\n{body}", self.access)
        };
        (0..count).map(tail).collect()
    }
}

/// Measures and reports.
///
/// # Errors
/// The Worker does not start, or a request fails.
pub fn run(rig: &Rig, rounds: usize, report: &mut Report) -> Result<()> {
    let standin = Standin::start("{}")?;
    let mut worker = Worker::start(rig, "workerd-identity", Entry::Plain, &standin, &standin.url)?;
    let tenant = worker.tenant("bench")?;
    let people = (0..PEOPLE).map(|_| sign_up(&worker, &tenant.id)).collect::<Result<Vec<_>>>()?;
    let key = format!("authorization: Bearer {}\r\n", tenant.key);
    let plain = Target::get(worker.port, "/v1/bench/noop", "", 204);
    let hop = Target::get(worker.port, "/v1/bench/hop", "", 204);
    let keyed = Target::get(worker.port, "/v1/bench/key", &key, 204);
    let numbers = Numbers::default();
    let mut series: [Series; 4] = Default::default();
    for round in 0..=rounds {
        attune_dev::process::signals::check()?;
        for step in 0..4 {
            let which = (step + round) % 4;
            let user;
            let target = match which {
                0 => &plain,
                1 => &hop,
                2 => &keyed,
                _ => {
                    user = proven(&worker, &people)?;
                    &user
                }
            };
            let before = cpu_of(worker.pid);
            let outcome = load::run(target, REQUESTS, &numbers)?;
            let cpu = cpu_of(worker.pid).saturating_sub(before);
            // the first round warms up
            if round > 0 {
                series[which].add(&outcome, cpu);
            }
        }
    }
    worker.check()?;
    let [noop, hop, keyed, user] = &series;
    let added: Vec<f64> = keyed.cpu_us.iter().zip(&noop.cpu_us).map(|(key, noop)| key / noop - 1.0).collect();
    report.require(PART, "API key: CPU added to the no-op's", median(&added), "times", Bound::AtMost(0.6));
    let one_hop: Vec<f64> = hop.cpu_us.iter().zip(&noop.cpu_us).map(|(hop, noop)| hop - noop).collect();
    let allowed: Vec<f64> = noop.cpu_us.iter().zip(&one_hop).map(|(noop, hop)| 3.0 * noop + hop).collect();
    let how = "CPU of a request with token and proof, by three times the no-op's and one call of an object";
    let of = ratio(&user.cpu_us, &allowed);
    report.require_how(PART, "DPoP: CPU by what is allowed", (of, "times"), Bound::AtMost(1.0), how);
    for (name, one) in ["no-op", "one hop", "API key", "DPoP"].into_iter().zip(&series) {
        one.tell(PART, name, report);
    }
    Ok(())
}

/// Requests of all people, in turn.
fn proven(worker: &Worker, people: &[Person]) -> Result<Target> {
    // the load's `Host` has no port, and a proof names the address as it is received
    let url = "http://127.0.0.1/v1/bench/user";
    let mut target = Target::get(worker.port, "/v1/bench/user", "", 204);
    let each = usize::try_from(REQUESTS).unwrap_or(usize::MAX).div_ceil(people.len());
    for person in people {
        let nonce = nonce(worker, &person.device)?;
        target.tails.extend(person.tails("GET", url, &nonce, each, ""));
    }
    Ok(target)
}
