//! `cargo dev deploy`: Terraform for AWS, wrangler for the Worker.
//!
//! Order: packages → Terraform → signing key → the Worker's secrets → the Worker. Consumers first: functions know every
//! message before the Worker that sends it is live.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attune_dev::console::{self, note, title};
use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::{Paths, make_dir, write_atomic};
use attune_dev::process::run::Step;
use attune_dev::stack::{path_with, script};
use attune_dev::tools::Tools;
use attune_dev::wrangler;
use serde_json::{Value, json};

use super::package;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The environment: a folder of infra/envs
    #[arg(long)]
    env: String,
    /// Only these cells (all of the environment otherwise)
    #[arg(long)]
    cell: Vec<String>,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Terraform's variables, a .tfvars file
    #[arg(long)]
    var_file: Option<PathBuf>,
    /// One `key=value` of Terraform's backend; can be repeated
    #[arg(long)]
    backend: Vec<String>,
    /// Which of the edge user's live keys the Worker signs with
    #[arg(long, default_value = "a")]
    key_label: String,
    /// File with what Terraform does not know: {"<cell>": {"peppers", "current_pepper", "operator_key_sha256", "token_keys", "current_token_key", "master_keys", "current_master_key", "internal_keys"}}
    #[arg(long)]
    secrets: Option<PathBuf>,
}

/// Runs the command.
pub fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    let folder = paths.root.join("infra/envs").join(&args.env);
    if !folder.is_dir() || args.env.contains(['/', '.']) {
        return Err(Error::other(format!("no environment {} in infra/envs", args.env)));
    }
    let template_path = paths.root.join("edge/api/wrangler.toml");
    let template = std::fs::read_to_string(&template_path).at(&template_path)?;
    if args.dry_run {
        return plan(paths, args, &folder, &template);
    }
    let secrets = args.secrets.as_deref().ok_or_else(|| Error::Missing {
        what: "--secrets <file>".into(),
        how: "peppers and the operator key's hash belong to the operator, not to Terraform's state".into(),
    })?;
    let secrets: Value = read_json(secrets)?;
    package::run(paths)?;
    let tools = Tools::install(paths)?;
    title(&format!("Terraform {}", args.env));
    terraform(&folder, "init", &backend(args))?;
    terraform(&folder, "apply", &variables(paths, args))?;
    let outputs = outputs(&folder)?;
    for (cell, output) in cells(&outputs, args)? {
        title(&format!("Worker of {cell}"));
        let generated = paths.local.join("deploy").join(&args.env).join(&cell);
        make_dir(&generated)?;
        let own = &secrets[&cell];
        let configuration = generated.join("wrangler.toml");
        let bundle = package::folder(paths).join("worker");
        let text = worker_configuration(&template, &script(&bundle)?, &args.env, &cell, &output, own)?;
        write_atomic(&configuration, text.as_bytes())?;
        let keys = outputs["edge_user_keys"]["value"][&cell][&args.key_label].clone();
        bulk_secrets(paths, &tools, &configuration, &worker_secrets(&keys, own)?)?;
        wrangler_step(paths, &tools, &configuration, &["deploy"])?;
        console::done(&format!("Worker of {cell}"), std::time::Duration::ZERO);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints each step, Terraform's own plan where it can be had, and the Worker's configuration.
fn plan(paths: &Paths, args: &Args, folder: &Path, template: &str) -> Result<ExitCode> {
    title(&format!("plan for {}", args.env));
    note("1. cargo dev package                    arm64 zips and the Worker's bundle");
    note(&format!("2. terraform -chdir=infra/envs/{} init {}", args.env, backend(args).join(" ")));
    note(&format!("3. terraform apply {}", variables(paths, args).join(" ")));
    note("4. terraform output -json               → wrangler configuration per cell, below");
    note("5. wrangler secret bulk                 SECRETS: edge user's key, peppers, operator key's hash");
    note("6. wrangler deploy                      script, routes, Durable Object classes, cron");
    let known = outputs(folder).unwrap_or(Value::Null);
    if known["cells"]["value"].is_object() {
        note("Terraform's own plan:");
        let mut command = vec!["terraform".to_owned(), "plan".into(), "-input=false".into(), "-lock=false".into()];
        command.extend(variables(paths, args).into_iter().filter(|argument| argument != "-auto-approve"));
        Step::new(folder, command).show()?;
    } else {
        note("Terraform has no state of this environment here: everything would be new");
    }
    for (cell, output) in cells(&known, args)? {
        title(&format!("wrangler configuration of {cell}"));
        let place = Path::new("<package>/worker/index.js");
        println!("{}", worker_configuration(template, place, &args.env, &cell, &output, &Value::Null)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn backend(args: &Args) -> Vec<String> {
    args.backend.iter().map(|pair| format!("-backend-config={pair}")).collect()
}

fn variables(paths: &Paths, args: &Args) -> Vec<String> {
    let mut list = vec!["-auto-approve".to_owned()];
    list.extend(args.var_file.iter().map(|file| format!("-var-file={}", file.display())));
    list.push(format!("-var=package_dir={}", package::folder(paths).display()));
    list
}

fn terraform(folder: &Path, action: &str, more: &[String]) -> Result<()> {
    let mut command = vec!["terraform".to_owned(), action.to_owned(), "-input=false".to_owned()];
    if action == "init" {
        command.extend(super::check::provider_mirror().map(|mirror| format!("-plugin-dir={}", mirror.display())));
    }
    command.extend(more.iter().cloned());
    let step = Step::new(folder, command).env("TF_IN_AUTOMATION", "1");
    let ended = step.show()?;
    step.expect_success(&ended, None)
}

fn outputs(folder: &Path) -> Result<Value> {
    let (ended, text) = Step::new(folder, ["terraform", "output", "-json", "-no-color"]).output()?;
    if !ended.success {
        return Err(Error::other("terraform output failed"));
    }
    serde_json::from_str(&text).map_err(|source| Error::Shape { path: folder.to_owned(), source })
}

/// Cells with their outputs; before the first apply a cell that only has its name.
fn cells(outputs: &Value, args: &Args) -> Result<Vec<(String, Value)>> {
    let known = outputs["cells"]["value"].as_object().cloned().unwrap_or_default();
    let wanted = |cell: &String| args.cell.is_empty() || args.cell.contains(cell);
    let mut list: Vec<(String, Value)> = known.into_iter().filter(|(cell, _)| wanted(cell)).collect();
    if list.is_empty() && args.dry_run {
        let names = if args.cell.is_empty() { vec!["eu1".to_owned()] } else { args.cell.clone() };
        list = names.into_iter().map(|cell| (cell, Value::Null)).collect();
    }
    if list.is_empty() {
        return Err(Error::other("Terraform's outputs name no such cell"));
    }
    Ok(list)
}

/// The template with the name of the environment's Worker and the CONFIG that Terraform's outputs make.
fn worker_configuration(
    template: &str,
    script: &Path,
    environment: &str,
    cell: &str,
    output: &Value,
    own: &Value,
) -> Result<String> {
    let mut config = match &output["edge_config"] {
        Value::Object(config) => config.clone(),
        _ => {
            let unknown = json!({"environment": environment, "cell": cell, "region": "(known after apply)"});
            unknown.as_object().cloned().unwrap_or_default()
        }
    };
    config.insert("outbox_shards".into(), own.get("outbox_shards").cloned().unwrap_or(json!(1)));
    config.insert("outbox_generation".into(), own.get("outbox_generation").cloned().unwrap_or(json!(1)));
    config.insert("internal_keys".into(), own.get("internal_keys").cloned().unwrap_or(json!({})));
    let name = format!("\"attune-{environment}-{cell}\"");
    wrangler::configuration_with(template, script, &Value::Object(config), &[("name", name)])
}

fn worker_secrets(keys: &Value, own: &Value) -> Result<Value> {
    let text = |value: &Value, name: &str| {
        let found = value[name].as_str().map(str::to_owned);
        found.ok_or_else(|| Error::other(format!("{name} is missing for the Worker's secrets")))
    };
    for name in ["peppers", "token_keys", "master_keys"] {
        if !own[name].is_object() {
            return Err(Error::other(format!("{name} are missing for the Worker's secrets")));
        }
    }
    Ok(json!({
        "aws_access_key_id": text(keys, "aws_access_key_id")?,
        "aws_secret_access_key": text(keys, "aws_secret_access_key")?,
        "peppers": own["peppers"],
        "current_pepper": text(own, "current_pepper")?,
        "operator_key_sha256": text(own, "operator_key_sha256")?,
        "token_keys": own["token_keys"],
        "current_token_key": text(own, "current_token_key")?,
        "master_keys": own["master_keys"],
        "current_master_key": text(own, "current_master_key")?,
    }))
}

/// Hands the secret to wrangler in a file that only this user can read and that is gone afterwards.
fn bulk_secrets(paths: &Paths, tools: &Tools, configuration: &Path, secrets: &Value) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    let file = configuration.with_file_name(format!("secrets-{}.json", attune_dev::keys::random_hex(8)?));
    let written = (|| {
        let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).at(&file)?;
        out.write_all(json!({"SECRETS": secrets.to_string()}).to_string().as_bytes()).at(&file)?;
        wrangler_step(paths, tools, configuration, &["secret", "bulk", &file.to_string_lossy()])
    })();
    let _ = std::fs::remove_file(&file);
    written
}

fn wrangler_step(paths: &Paths, tools: &Tools, configuration: &Path, arguments: &[&str]) -> Result<()> {
    let program = tools.node_modules.join("wrangler/bin/wrangler.js");
    let mut command = vec![tools.node.clone().into_os_string(), program.into_os_string()];
    command.extend(arguments.iter().map(Into::into));
    command.extend(["--config".into(), configuration.as_os_str().to_owned()]);
    let step = Step::new(&paths.root, command)
        .env("PATH", path_with(&tools.node))
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false");
    let ended = step.show()?;
    step.expect_success(&ended, None)
}

fn read_json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).at(path)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Shape { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_carries_what_terraform_put_out() {
        let template = "name = \"attune-api\"\nmain = \"x\"\n[build]\ncommand = \"y\"\n[triggers]\ncrons = []\n";
        let output = json!({"edge_config": {"environment": "staging", "cell": "eu1", "region": "eu-west-1"}});
        let own = json!({"internal_keys": {"k1": "AAAA"}});
        let text = worker_configuration(template, Path::new("/p/index.js"), "staging", "eu1", &output, &own).unwrap();
        assert!(text.starts_with("name = \"attune-staging-eu1\"\nmain = \"/p/index.js\"\n"));
        assert!(text.contains("\\\"region\\\":\\\"eu-west-1\\\""));
        assert!(text.contains("\\\"internal_keys\\\":{\\\"k1\\\":\\\"AAAA\\\"}"));
        assert!(!text.contains("command"));
    }

    #[test]
    fn secrets_need_every_part() {
        let keys = json!({"aws_access_key_id": "a", "aws_secret_access_key": "b"});
        let own = json!({"peppers": {"p1": "00"}, "current_pepper": "p1", "operator_key_sha256": "ff",
            "token_keys": {"t1": "00"}, "current_token_key": "t1", "master_keys": {"m1": "00"}, "current_master_key": "m1"});
        assert_eq!(worker_secrets(&keys, &own).unwrap()["current_pepper"], "p1");
        assert!(worker_secrets(&json!({}), &own).is_err());
        assert!(worker_secrets(&keys, &json!({"current_pepper": "p1", "operator_key_sha256": "ff"})).is_err());
    }
}
