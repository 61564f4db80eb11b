//! Our tokens in the SDKs of LiveKit, and theirs in ours: random grant sets, both ways.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_dev::paths::Paths;
use attune_dev::tools::{LIVEKIT_API, find_node, oracles};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Grant sets of a run.
const COUNT: usize = 10_000;

/// The generator and reader of `attune-identity`.
fn vectors(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let root = Paths::find().unwrap().root;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--locked", "-p", "attune-identity", "--example", "livekit_vectors", "--"]);
    command.args(arguments).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // beside the reading of its output: pipes are small
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(out.status.success(), "livekit_vectors {arguments:?}");
    out.stdout
}

fn judge(command: &mut Command) {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&out.stderr));
}

/// Our reading of the tokens that a judge made, against what they were made of.
fn read_theirs(name: &str, file: &Path) {
    let theirs = std::fs::read(file).unwrap();
    let ours = vectors(&["--verify"], &theirs);
    let lines = |bytes: &[u8]| -> Vec<Value> {
        bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_slice(l).unwrap()).collect()
    };
    let (theirs, ours) = (lines(&theirs), lines(&ours));
    assert_eq!((theirs.len(), ours.len()), (COUNT, COUNT), "{name}");
    for (made, read) in theirs.iter().zip(&ours) {
        assert_eq!(read["grants"], made["want"], "{name}: {read} of {}", made["token"]);
    }
}

#[test]
fn tokens_mean_the_same_to_livekits_own_sdks() {
    let paths = Paths::find().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = now.subsec_nanos().to_string();
    eprintln!("seed {seed}");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracles");
    std::fs::create_dir_all(&folder).unwrap();
    let ours = folder.join("ours.jsonl");
    let scripts = paths.root.join("tests/local/oracles");
    // each judge gets fresh tokens: the clocks of the judges are real
    let fresh = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
        std::fs::write(&ours, vectors(&[&seed, &COUNT.to_string(), &now], b"")).unwrap();
    };
    let (packages, node) = (oracles(&paths).unwrap(), find_node(&paths).unwrap());
    fresh();
    let out = folder.join("node.jsonl");
    judge(Command::new(node).arg(scripts.join("tokens.mjs")).args([&packages, &ours, &out]));
    read_theirs("livekit-server-sdk", &out);
    let python = LIVEKIT_API.install(&paths).unwrap().join("bin/python");
    fresh();
    let out = folder.join("python.jsonl");
    judge(Command::new(python).arg("-B").arg(scripts.join("tokens.py")).args([&ours, &out]));
    read_theirs("livekit-api", &out);
}
