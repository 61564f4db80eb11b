//! The environment `local` is applied for real, beside what `cargo dev` made, and a snapshot flows through what Terraform made.
//!
//! Left out by name where there is no Terraform or no mirror of its provider (`TF_PLUGIN_DIR`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails like the test itself")]

use attune_dev::cloud::{create, zip};
use attune_dev::paths::make_dir;
use attune_dev::process::run::Step;
use attune_dev::stack::{Options, Stack};
use attune_e2e::wait::until;
use attune_local_tests::cloud::programs;
use attune_local_tests::messages::{Snapshot, call, tenant};
use attune_migrations::keys;
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// A name of its own: nothing of the stack's is touched.
const ENVIRONMENT: &str = "tf";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let mirror = provider_mirror();
    let here = mirror.is_some() && has_terraform();
    let test = Trial::test("terraform_makes_a_cell_through_which_a_snapshot_flows", move || {
        flows(&mirror.unwrap_or_default());
        Ok(())
    });
    libtest_mimic::run(&arguments, vec![test.with_ignored_flag(!here)]).exit_code()
}

fn has_terraform() -> bool {
    let status = Command::new("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The same places as in `cargo dev check`.
fn provider_mirror() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let named = std::env::var_os("TF_PLUGIN_DIR").map(PathBuf::from);
    let usual = [home.join(".terraform.d/plugins"), PathBuf::from("/opt/tf-plugins")];
    named.into_iter().chain(usual).find(|folder| folder.join("registry.terraform.io/hashicorp/aws").is_dir())
}

/// A folder of this run with the state, the data and a copy of nothing: the configuration is the tree's.
struct Terraform {
    folder: PathBuf,
    work: PathBuf,
    variables: Vec<String>,
}

impl Terraform {
    fn run(&self, action: &str, more: &[String]) {
        let started = Instant::now();
        let mut command = vec!["terraform".to_owned(), action.to_owned(), "-input=false".into(), "-no-color".into()];
        command.extend(more.iter().cloned());
        let step = Step::new(&self.folder, command)
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_DATA_DIR", self.work.join("data").to_string_lossy());
        let (ended, text) = step.output().unwrap();
        let tail: Vec<&str> = text.lines().rev().take(40).collect();
        assert!(ended.success, "terraform {action}: {}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        println!("terraform {action}: {:.1} s", started.elapsed().as_secs_f64());
    }

    fn changing(&self, action: &str) {
        let mut more = vec!["-auto-approve".to_owned(), "-parallelism=20".into()];
        more.extend(self.variables.clone());
        self.run(action, &more);
    }
}

fn packages(folder: &Path) -> String {
    make_dir(folder).unwrap();
    for (name, program) in programs() {
        let bytes = zip::single_executable("bootstrap", &std::fs::read(program).unwrap());
        std::fs::write(folder.join(format!("{name}.zip")), bytes).unwrap();
    }
    folder.to_string_lossy().into_owned()
}

fn flows(mirror: &Path) {
    let stack = Stack::start(Options::cloud_only(format!("terraform-{}", std::process::id()))).unwrap();
    let work = stack.run_folder().join("terraform");
    make_dir(&work).unwrap();
    let variable = |name: &str, value: &str| format!("-var={name}={value}");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let terraform = Terraform {
        folder: stack.paths.root.join("infra/envs/local"),
        variables: vec![
            variable("environment", ENVIRONMENT),
            variable("endpoint", stack.aws_endpoint()),
            variable("dynamodb_endpoint", stack.dynamodb_endpoint()),
            variable("edge_url", "http://127.0.0.1:9"),
            variable("package_dir", &packages(&work.join("packages"))),
            variable("architecture", architecture),
        ],
        work,
    };
    let state = format!("-backend-config=path={}", terraform.work.join("terraform.tfstate").display());
    terraform.run("init", &["-reconfigure".into(), state, format!("-plugin-dir={}", mirror.display())]);
    terraform.changing("apply");

    let prefix = create::prefix(ENVIRONMENT);
    let snapshot = Snapshot::clean(&tenant(), &call(), 0);
    let pk = keys::call_pk(&snapshot.tenant, &snapshot.call);
    let send = |body: String| {
        let request =
            json!({"QueueUrl": stack.api.queue_url(&format!("{prefix}ingest-snapshot")), "MessageBody": body});
        stack.api.sqs("SendMessage", &request).unwrap();
    };
    send(snapshot.envelope().to_string());
    let item = until("the snapshot's item", 60, || {
        let sk = keys::snapshot_sk("a", snapshot.station, 0);
        let request = json!({"TableName": format!("{prefix}calls"), "Key": {"pk": {"S": pk}, "sk": {"S": sk}}});
        let answer = stack.api.dynamodb("GetItem", &request).map_err(|e| e.to_string())?;
        if answer["Item"].is_object() { Ok(answer["Item"].clone()) } else { Err(format!("{answer}")) }
    });
    assert_eq!(item["id"]["S"], snapshot.id());
    let object = |bucket: &str, key: &str| stack.api.s3("GET", &format!("/{prefix}{bucket}/{key}"), &[]).unwrap();
    assert_eq!(object("raw", item["raw"]["S"].as_str().unwrap()).status, 200);

    // and poison flows to where dead letters lie
    let mut poison = snapshot.envelope();
    poison["kind"] = json!("snapshot.dreamt.v1");
    send(poison.to_string());
    let key = format!("{}/{}/{}.json", snapshot.tenant, snapshot.call, snapshot.id());
    let letter: Value = until("the dead letter", 60, || {
        let answer = object("dead-letters", &key);
        if answer.ok() { Ok(answer.json()) } else { Err(format!("{key}: {}", answer.status)) }
    });
    assert_eq!(letter["reason"], "unknown_kind");
    terraform.changing("destroy");
}
