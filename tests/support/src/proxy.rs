//! A TCP proxy on the loopback address that can refuse, swallow and delay, that writes down the calls to AWS which pass, and
//! that can kill who makes a call.

use crate::tap::{Call, Tap, status};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a proxy treats what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// All passes.
    #[default]
    Pass,
    /// Nobody listens, and what was connected is cut.
    Refuse,
    /// Connections are taken, and nothing passes; what was held passes afterwards.
    Blackhole,
    /// Every piece of a request waits first.
    Delay(Duration),
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It passes.
    Pass,
    /// It never arrives; the connection ends.
    CutBefore,
    /// It has its effect, and its answer is lost.
    CutAfter,
    /// It has its effect, and its caller is killed (`kill -9`) before the answer: the access key ends in `-<process id>`.
    KillAfter,
}

type Judge = Box<dyn FnMut(&Call) -> Fate + Send>;

#[derive(Default)]
struct Shared {
    mode: Mutex<Mode>,
    changed: Condvar,
    judge: Mutex<Option<Judge>>,
    calls: Mutex<Vec<Call>>,
    open: Mutex<BTreeMap<u64, (TcpStream, TcpStream)>>,
    next: AtomicU64,
    stopped: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running proxy; it ends when dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Listens on a free port and passes on to `127.0.0.1:<upstream>`, which may start to listen later.
    ///
    /// # Errors
    /// No port.
    pub fn start(upstream: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || accept(&serving, listener, port, upstream));
        Ok(Self { port, shared })
    }

    /// Its origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Changes how it treats what comes, and waits until that is in force.
    pub fn set(&self, mode: Mode) {
        *lock(&self.shared.mode) = mode;
        self.shared.changed.notify_all();
        if mode == Mode::Refuse {
            for (_, (client, upstream)) in std::mem::take(&mut *lock(&self.shared.open)) {
                let _ = client.shutdown(Shutdown::Both);
                let _ = upstream.shutdown(Shutdown::Both);
            }
        }
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        for _ in 0..400 {
            if TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok() == (mode != Mode::Refuse) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// From now on `judge` says what becomes of each call; it must not take long.
    pub fn judge(&self, judge: impl FnMut(&Call) -> Fate + Send + 'static) {
        *lock(&self.shared.judge) = Some(Box::new(judge));
    }

    /// All calls pass again.
    pub fn pardon(&self) {
        *lock(&self.shared.judge) = None;
    }

    /// The calls that were seen so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.shared.changed.notify_all();
    }
}

/// The listener is there except in [`Mode::Refuse`].
fn accept(shared: &Arc<Shared>, listener: TcpListener, port: u16, upstream: u16) {
    let mut listener = Some(listener);
    while !shared.stopped.load(Ordering::Relaxed) {
        let refuse = *lock(&shared.mode) == Mode::Refuse;
        if refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).ok();
        }
        let accepted = listener.as_ref().and_then(|l| l.set_nonblocking(true).and_then(|()| l.accept()).ok());
        let Some((client, _)) = accepted else {
            std::thread::sleep(Duration::from_millis(3));
            continue;
        };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            let _ = serve(&shared, client, upstream);
        });
    }
}

/// Waits while nothing may pass. `false`: the connection is to end.
fn may_pass(shared: &Shared) -> bool {
    let mut mode = lock(&shared.mode);
    while *mode == Mode::Blackhole && !shared.stopped.load(Ordering::Relaxed) {
        mode = shared.changed.wait(mode).unwrap_or_else(PoisonError::into_inner);
    }
    *mode != Mode::Refuse && !shared.stopped.load(Ordering::Relaxed)
}

fn serve(shared: &Arc<Shared>, client: TcpStream, upstream: u16) -> std::io::Result<()> {
    client.set_nonblocking(false)?;
    if !may_pass(shared) {
        return Ok(());
    }
    let server = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], upstream)))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let number = shared.next.fetch_add(1, Ordering::Relaxed);
    lock(&shared.open).insert(number, (client.try_clone()?, server.try_clone()?));
    let waiting: Arc<Mutex<Option<(Call, Fate)>>> = Arc::default();
    let back = {
        let (shared, waiting) = (Arc::clone(shared), Arc::clone(&waiting));
        let (from, to) = (server.try_clone()?, client.try_clone()?);
        std::thread::spawn(move || {
            let _ = answers(&shared, &from, &to, &waiting);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        })
    };
    let _ = requests(shared, &client, &server, &waiting);
    // the answer to what was sent may still come: a half-closed client is served
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
    lock(&shared.open).remove(&number);
    Ok(())
}

fn read(mut from: &TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn requests(
    shared: &Shared,
    client: &TcpStream,
    mut server: &TcpStream,
    waiting: &Mutex<Option<(Call, Fate)>>,
) -> std::io::Result<()> {
    let mut tap = Tap::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = read(client, &mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if let Mode::Delay(time) = *lock(&shared.mode) {
            std::thread::sleep(time);
        }
        if !may_pass(shared) {
            return Ok(());
        }
        for call in tap.feed(&buffer[..count]) {
            let fate = lock(&shared.judge).as_mut().map_or(Fate::Pass, |judge| judge(&call));
            if fate == Fate::CutBefore {
                client.shutdown(Shutdown::Both)?;
                return Ok(());
            }
            *lock(waiting) = Some((call, fate));
        }
        server.write_all(&buffer[..count])?;
    }
}

fn answers(
    shared: &Shared,
    server: &TcpStream,
    mut client: &TcpStream,
    waiting: &Mutex<Option<(Call, Fate)>>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = read(server, &mut buffer)?;
        if count == 0 {
            // the call was made, and how it ended nobody knows
            lock(&shared.calls).extend(lock(waiting).take().map(|(call, _)| call));
            return Ok(());
        }
        let status = status(&buffer[..count]).filter(|status| *status != 100);
        if let Some((call, fate)) = status.and_then(|_| lock(waiting).take()) {
            let caller = call.caller.clone();
            lock(&shared.calls).push(Call { status, ..call });
            if fate == Fate::KillAfter {
                kill(&caller);
            }
            if fate != Fate::Pass {
                return Ok(());
            }
        }
        if !may_pass(shared) {
            return Ok(());
        }
        client.write_all(&buffer[..count])?;
    }
}

fn kill(caller: &str) {
    let process = caller.rsplit('-').next().and_then(|text| text.parse::<u32>().ok()).filter(|id| *id > 1);
    if let Some(id) = process {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Answers every request with its number.
    fn upstream() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    while lines.by_ref().map_while(Result::ok).any(|line| line.is_empty()) {
                        let text = number.to_string();
                        write!(&stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len()).unwrap();
                    }
                });
            }
        });
        port
    }

    fn ask(proxy: &Proxy) -> Option<String> {
        let address = SocketAddr::from(([127, 0, 0, 1], proxy.port));
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
        let head = "Authorization: AWS4-HMAC-SHA256 Credential=f-x/20260101/eu-west-1/s3/aws4_request, Signature=0";
        write!(stream, "GET /b/k HTTP/1.1\r\n{head}\r\n\r\n").ok()?;
        let mut bytes = [0; 100];
        let count = stream.read(&mut bytes).ok()?;
        (count > 0).then(|| String::from_utf8_lossy(&bytes[..count]).into_owned())
    }

    #[test]
    fn calls_pass_are_refused_swallowed_and_cut() {
        let proxy = Proxy::start(upstream()).unwrap();
        assert!(ask(&proxy).unwrap().starts_with("HTTP/1.1 200"));
        proxy.set(Mode::Refuse);
        assert_eq!(ask(&proxy), None);
        assert!(TcpStream::connect(("127.0.0.1", proxy.port)).is_err(), "nobody listens");
        proxy.set(Mode::Blackhole);
        assert_eq!(ask(&proxy), None);
        proxy.set(Mode::Pass);
        assert!(ask(&proxy).is_some());
        let mut count = 0;
        proxy.judge(move |call| {
            assert_eq!(call.action, "s3:GetObject");
            count += 1;
            [Fate::CutBefore, Fate::CutAfter, Fate::Pass][(count - 1) % 3]
        });
        assert_eq!((ask(&proxy), ask(&proxy)), (None, None));
        assert!(ask(&proxy).is_some());
        proxy.pardon();
        let calls = proxy.calls();
        let whole = calls.iter().filter(|call| call.status == Some(200)).count();
        assert_eq!(whole, calls.len(), "what was cut before it arrived is no call");
        assert!(whole >= 4, "{calls:?}");
    }

    #[test]
    fn a_delay_delays() {
        let proxy = Proxy::start(upstream()).unwrap();
        proxy.set(Mode::Delay(Duration::from_millis(200)));
        let started = std::time::Instant::now();
        assert!(ask(&proxy).is_some());
        assert!(started.elapsed() >= Duration::from_millis(200));
    }
}
