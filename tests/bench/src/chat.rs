//! One chat room with many sockets, beside a server in JavaScript (`ws`, `node:sqlite`) with the same protocol and coalescing; the time of
//! a resume; and that idle sockets keep no object awake. Servers have one core, the client another.

mod members;

use crate::error::{At, Error, Result};
use crate::measure::{cpu_of, median, ms, quantile};
use crate::report::{Bound, Report};
use crate::rig::{Rig, pid_of};
use crate::standin::Standin;
use crate::worker::ratio;
use crate::workerd::{Entry, Tenant, Worker};
use attune_dev::http;
use attune_dev::process::{Managed, ports};
use attune_dev::tools;
use attune_test_support::device::Device;
use members::{Member, Round, round};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const PART: &str = "chat";
/// Sockets in the room.
const SOCKETS: usize = 500;
/// Members whose sockets they are: a member may say 200 frames in 10 s.
const MEMBERS: usize = 100;
/// Sockets, of as many members, that say something.
const SENDERS: usize = 10;
/// Messages per second.
const RATE: u32 = 50;
const TIME: Duration = Duration::from_secs(5);
/// Rounds before those that count.
const WARM_UP: usize = 1;
/// Missed messages of a resume.
const MISSED: u64 = 1_000;
const ROOMS: &str = "/v1/chat/rooms";

/// Measures and reports.
///
/// # Errors
/// A side does not start, a line breaks, or not everything arrives.
pub fn run(rig: &Rig, rounds: usize, report: &mut Report) -> Result<()> {
    idle(rig, report)?;
    let standin = Standin::start("{}")?;
    let mut worker = Worker::start(rig, "workerd-chat", Entry::Plain, &standin, &standin.url)?;
    let mut peer = Peer::start(rig)?;
    let _pinned = Pinned::new(&[worker.pid, peer.pid])?;
    let site = Site::new(&worker, MEMBERS)?;
    let ours = (0..SOCKETS).map(|n| site.join(&worker, n, 0)).collect::<Result<Vec<_>>>()?;
    let theirs = (0..SOCKETS).map(|n| peer.join(n, 0)).collect::<Result<Vec<_>>>()?;
    let mut sides = [(worker.pid, ours, Side::default()), (peer.pid, theirs, Side::default())];
    let mut made = 1;
    for at in 0..rounds + WARM_UP {
        attune_dev::process::signals::check()?;
        for step in 0..2 {
            let (pid, members, side) = &mut sides[(step + at) % 2];
            let before = cpu_of(*pid);
            let outcome = round(members, (SENDERS, RATE), TIME, &mut made)?;
            let cpu = cpu_of(*pid).saturating_sub(before);
            if at >= WARM_UP {
                side.add(&outcome, cpu);
            }
        }
    }
    let [(_, ours, our_side), (_, _, their_side)] = &sides;
    let how =
        "500 sockets, 50 messages/s in, 20 ms together; aim 1; the peer: Node.js, ws, node:sqlite, the same protocol";
    let delivered = ratio(&our_side.delivered, &their_side.delivered);
    report.require_how(
        PART,
        "delivered messages/s by the Node.js server's",
        (delivered, "times"),
        Bound::AtLeast(0.5),
        how,
    );
    report.require(PART, "delivery, p50", median(&our_side.latencies_ms), "ms", Bound::AtMost(100.0));
    report.tell(
        PART,
        "CPU per delivered message by the Node.js server's",
        ratio(&our_side.cpu_us, &their_side.cpu_us),
        "times",
    );
    our_side.tell("room", report);
    their_side.tell("Node.js server", report);
    let head = ours.iter().map(Member::seen).min().unwrap_or(0);
    let mut times = Vec::new();
    for n in 0..rounds {
        let after =
            head.checked_sub(MISSED).ok_or_else(|| Error::wrong("too few messages for a resume: more rounds"))?;
        let start = Instant::now();
        let came = site.join(&worker, n, after)?.resumed(after)?;
        times.push(ms(start.elapsed()));
        if came < MISSED {
            return Err(Error::wrong(format!("a resume brought {came} of {MISSED}")));
        }
    }
    let how = "ticket, connection, hello and 1,000 events";
    report.require_how(PART, "resume of 1,000 missed messages", (median(&times), "ms"), Bound::AtMost(300.0), how);
    worker.check()?;
    peer.process.check()?;
    Ok(())
}

/// Pings are answered, and nobody has woken the object for it.
fn idle(rig: &Rig, report: &mut Report) -> Result<()> {
    let standin = Standin::start("{}")?;
    let worker = Worker::start(rig, "workerd-chat-idle", Entry::Counting, &standin, &standin.url)?;
    let site = Site::new(&worker, 8)?;
    let mut members = (0..40).map(|n| site.join(&worker, n, 0)).collect::<Result<Vec<_>>>()?;
    for member in &mut members {
        member.resumed(0)?;
    }
    let woken = || {
        let counts = http::send("GET", &format!("{}/__counts", worker.url), &[], &[], 10)?.success("counts")?.json();
        counts["socket_messages"].as_f64().ok_or_else(|| Error::wrong("the counts have no socket_messages"))
    };
    let before = woken()?;
    if before < 40.0 {
        return Err(Error::wrong(format!("40 members said hello, and {before} frames were counted")));
    }
    for _ in 0..10 {
        members.iter_mut().try_for_each(Member::ping)?;
    }
    let how = "400 pings of 40 idle sockets, all answered";
    report.require_how(PART, "times that pings woke the object", (woken()? - before, "times"), Bound::AtMost(0.0), how);
    Ok(())
}

/// Figures of all rounds of one side.
#[derive(Default)]
struct Side {
    delivered: Vec<f64>,
    latencies_ms: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    fn add(&mut self, outcome: &Round, cpu: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let delivered = outcome.delivered as f64;
        self.delivered.push(delivered / outcome.took.as_secs_f64());
        self.cpu_us.push(cpu.as_secs_f64() * 1e6 / delivered);
        self.latencies_ms.extend(&outcome.latencies_ms);
    }

    fn tell(&self, name: &str, report: &mut Report) {
        report.tell(PART, format!("{name}: delivered"), median(&self.delivered), "messages/s");
        report.tell(PART, format!("{name}: CPU per delivered message"), median(&self.cpu_us), "us");
        for (share, word) in [(0.5, "p50"), (0.99, "p99")] {
            report.tell(PART, format!("{name}: delivery, {word}"), quantile(&self.latencies_ms, share), "ms");
        }
    }
}

/// A room, and the keys of its members.
struct Site {
    room: String,
    keys: Vec<String>,
}

impl Site {
    fn new(worker: &Worker, members: usize) -> Result<Self> {
        let Tenant { id, .. } = worker.tenant("chat")?;
        let mut keys = Vec::new();
        for n in 0..members {
            let body =
                json!({"schema_version": 1, "name": format!("desk {n}"), "scopes": ["chat:connect", "chat:write"]});
            keys.push(text(&worker.admin(&format!("/v1/admin/tenants/{id}/keys"), &body)?, "key")?);
        }
        let (url, device) = (format!("{}{ROOMS}", worker.url), Device::new());
        let authorization = format!("Bearer {}", keys.first().map_or("", String::as_str));
        // any proof without a nonce is told one; this route has no body that would be judged first
        let other = format!("{url}/chr_01hzzzzzzzzzzzzzzzzzzzzzzz/tickets");
        let proof = device.proof("POST", &other, None, None);
        let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
        let nonce = http::header("POST", &other, &headers, "dpop-nonce")?;
        let proof = device.proof("POST", &url, None, nonce.as_deref());
        let headers =
            [("authorization", authorization.as_str()), ("content-type", "application/json"), ("dpop", &proof)];
        let opened = http::send("POST", &url, &headers, br#"{"schema_version":1}"#, 20)?.success(ROOMS)?.json();
        Ok(Self { room: text(&opened, "room_id")?, keys })
    }

    /// A connection of one of the members.
    fn join(&self, worker: &Worker, n: usize, after: u64) -> Result<Member> {
        let authorization = format!("Bearer {}", self.keys[n % self.keys.len()]);
        let url = format!("{}{ROOMS}/{}/tickets", worker.url, self.room);
        let ticket =
            http::send("POST", &url, &[("authorization", authorization.as_str())], &[], 20)?.success(&url)?.json();
        let protocols = format!("attune.chat.v1, attune.ticket.{}", text(&ticket, "ticket")?);
        Member::connect(worker.port, &text(&ticket, "socket")?, &protocols, after)
    }
}

/// The running peer.
struct Peer {
    port: u16,
    pid: u32,
    process: Managed,
}

impl Peer {
    fn start(rig: &Rig) -> Result<Self> {
        let port = ports::free(None)?;
        let program = rig.paths.root.join("tests/bench/js/chat.mjs");
        let file = rig.folder.join("chat-peer.sqlite");
        let command = vec![
            tools::find_node(&rig.paths)?.into_os_string(),
            program.into_os_string(),
            port.to_string().into(),
            file.into_os_string(),
        ];
        let mut service = rig.service("chat-peer", command);
        let modules = tools::npm_packages(&rig.paths)?;
        service.environment.push(("NODE_MODULES".into(), modules.display().to_string()));
        let mut process = service.start()?;
        let health = format!("http://127.0.0.1:{port}/");
        process.wait_until(30, || http::answers(&health))?;
        let pid = pid_of(&process, "node")?;
        Ok(Self { port, pid, process })
    }

    fn join(&self, n: usize, after: u64) -> Result<Member> {
        Member::connect(self.port, &format!("/?member=key_{}", n % MEMBERS), "", after)
    }
}

/// Servers on the first core, this program on the last, as long as it lives.
struct Pinned(usize);

impl Pinned {
    fn new(servers: &[u32]) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        servers.iter().try_for_each(|pid| pin(*pid, "0"))?;
        pin(std::process::id(), &(cores - 1).to_string())?;
        Ok(Self(cores))
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        drop(pin(std::process::id(), &format!("0-{}", self.0 - 1)));
    }
}

fn pin(pid: u32, cores: &str) -> Result<()> {
    let done = Command::new("taskset").args(["-a", "-p", "-c", cores, &pid.to_string()]).output().at("taskset")?;
    if done.status.success() { Ok(()) } else { Err(Error::wrong(String::from_utf8_lossy(&done.stderr).into_owned())) }
}

fn text(value: &Value, name: &str) -> Result<String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| Error::wrong(format!("there is no {name}: {value}")))
}
