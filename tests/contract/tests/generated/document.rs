//! Schemathesis makes requests of the OpenAPI document, by the rules and against them, and judges every answer by it.

use attune_dev::keys::random;
use attune_dev::stack::Stack;
use attune_dev::tools::SCHEMATHESIS;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What an answer must be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

pub fn fuzzed(stack: &Stack) {
    // what one answer names another request can use: that takes many requests
    let (seconds, phases) =
        if crate::full() { (900, "examples,coverage,fuzzing,stateful") } else { (75, "examples,coverage,fuzzing") };
    let seed = u32::from_le_bytes(random().unwrap());
    let python = SCHEMATHESIS.install(&stack.paths).unwrap().join("bin/python");
    let folder = stack.run_folder().join("fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    let answers = folder.join("answers.json");
    let hooks = stack.paths.root.join("tests/contract/fuzz");
    let mut command = Command::new(python);
    command.args(["-B", "-m", "schemathesis.cli", "run", "--no-color", "--checks", CHECKS]);
    command.args(["--phases", phases, "--max-failures", "20", "--suppress-health-check", "all"]);
    command.args([
        "--generation-database",
        "none",
        "--workers",
        "4",
        "--warnings",
        "off",
        "--output-sanitize",
        "false",
    ]);
    command.args(["--max-time", &seconds.to_string(), "--seed", &seed.to_string(), "--url", &stack.url()]);
    command.arg(stack.paths.root.join("shared/contracts/openapi.json"));
    command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", &hooks).env("PYTHONHASHSEED", "0");
    command.env("ATTUNE_URL", stack.url()).env("ATTUNE_OPERATOR_KEY", &stack.keys.operator_key);
    command.env("ATTUNE_SEED", seed.to_string()).env("ATTUNE_ANSWERS", &answers).current_dir(&folder);
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    let log = stack.log_folder().join("schemathesis.log");
    std::fs::write(&log, &*said).unwrap();
    assert!(out.status.success(), "seed {seed}\n{said}\n{}", String::from_utf8_lossy(&out.stderr));
    // The run would prove nothing if the credentials were not good: most operations have to have done their work.
    let counted: BTreeMap<String, u64> = serde_json::from_slice(&std::fs::read(&answers).unwrap()).unwrap();
    let worked: BTreeSet<&str> =
        counted.keys().filter_map(|k| k.rsplit_once(' ')).filter(|(_, s)| s.starts_with('2')).map(|(o, _)| o).collect();
    let total: u64 = counted.values().sum();
    eprintln!("seed {seed}: {total} requests, {} operations did their work", worked.len());
    let document: Value =
        serde_json::from_slice(&std::fs::read(stack.paths.root.join("shared/contracts/openapi.json")).unwrap())
            .unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum::<usize>();
    assert!(worked.len() * 4 >= operations * 3, "seed {seed}: only {worked:?} of {operations} did their work");
}
