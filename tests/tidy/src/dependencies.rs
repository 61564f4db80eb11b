//! Who may depend on whom (README.md, "Dependency rule").

use serde::Deserialize;
use std::collections::BTreeMap;

/// A package of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Its folder from the root, `shared/domain`.
    pub manifest_path: String,
    /// What it declares.
    pub dependencies: Vec<Dependency>,
}

/// A declared dependency.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// `dev`, `build`, or none for a normal one.
    pub kind: Option<String>,
}

impl Dependency {
    fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// Edges that the general rule does not draw, each with its reason.
pub const EXTRA_EDGES: &[(&str, &str, &str)] = &[
    (
        "attune-edge-kit",
        "attune-objects",
        "the kit implements the storage and transport traits that the objects' logic is written against",
    ),
    ("attune-api", "attune-migrations", "names and keys of the queries of its routes"),
    ("attune-functions-kit", "attune-migrations", "its adapters take an Access for each call"),
    ("ingest-snapshot", "attune-migrations", "names and keys of its queries"),
    ("optimize-run", "attune-migrations", "names and keys of its queries"),
    ("record-change", "attune-migrations", "names and keys of its queries"),
    ("record-chat", "attune-migrations", "names and keys of its queries"),
    ("send-mail", "attune-migrations", "names and keys of its queries"),
    (
        "attune-dev",
        "attune-migrations",
        "makes tables and queues from the same lists as Terraform, and runs the data steps",
    ),
];

/// Packages from outside that only tests of a crate may use against the general rule.
pub const EXTRA_TEST_EDGES: &[(&str, &str, &str)] = &[
    ("attune-aws", "aws-sigv4", "our signer must equal AWS's own"),
    ("attune-aws", "aws-credential-types", "credentials for aws-sigv4"),
];

/// Where a package of the workspace lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Shared,
    Edge,
    Agent,
    FunctionsKit,
    Function,
    Migrations,
    Localstack,
    Tests,
}

fn area(folder: &str) -> Option<Area> {
    Some(match folder {
        "edge/agent" => Area::Agent,
        "functions/kit" => Area::FunctionsKit,
        "migrations" => Area::Migrations,
        _ => match folder.split_once('/')?.0 {
            "shared" => Area::Shared,
            "edge" => Area::Edge,
            "functions" => Area::Function,
            "localstack" => Area::Localstack,
            "tests" => Area::Tests,
            _ => return None,
        },
    })
}

/// Whether a package may use another one of the workspace, the extra edges aside.
fn allowed_inside(from: &Package, from_area: Area, to: &str, to_area: Area) -> bool {
    let small = matches!(to, "attune-domain" | "attune-contracts");
    match from_area {
        Area::Tests => true,
        Area::Shared => match from.name.as_str() {
            "attune-domain" => false,
            "attune-contracts" => to == "attune-domain",
            _ => small,
        },
        Area::Edge => to_area == Area::Shared || (from.name == "attune-api" && to_area == Area::Edge),
        Area::Function => to_area == Area::Shared || to_area == Area::FunctionsKit,
        Area::Agent | Area::FunctionsKit | Area::Migrations | Area::Localstack => to_area == Area::Shared,
    }
}

/// Whether a package from outside is at home in an area.
fn allowed_outside(area: Area, to: &str) -> bool {
    if to == "worker" || to.starts_with("worker-") {
        return area == Area::Edge;
    }
    let native = ["aws-", "aws_"].iter().any(|prefix| to.starts_with(prefix))
        || matches!(to, "lambda_runtime" | "tokio" | "reqwest" | "hyper" | "ureq" | "rustls");
    !native || !matches!(area, Area::Shared | Area::Edge)
}

/// Broken dependency rules.
pub fn violations(packages: &[Package]) -> Vec<String> {
    let folders: BTreeMap<&str, &str> =
        packages.iter().map(|package| (package.name.as_str(), package.manifest_path.as_str())).collect();
    let mut found = Vec::new();
    for package in packages {
        let Some(from_area) = area(&package.manifest_path) else {
            found.push(format!("{} lies in {}, which is no area of the tree", package.name, package.manifest_path));
            continue;
        };
        for dependency in &package.dependencies {
            let to = dependency.name.as_str();
            let is = |edge: &&(&str, &str, &str)| edge.0 == package.name && edge.1 == to;
            let drawn = EXTRA_EDGES.iter().find(is).is_some()
                || dependency.is_dev() && EXTRA_TEST_EDGES.iter().find(is).is_some()
                || dependency.is_dev() && to == "attune-test-support"
                // a crate's own tests may ask for one of its features
                || dependency.is_dev() && to == package.name;
            let allowed = match folders.get(to).map(|folder| area(folder)) {
                Some(Some(to_area)) => allowed_inside(package, from_area, to, to_area),
                Some(None) => false,
                None => allowed_outside(from_area, to),
            };
            if !allowed && !drawn {
                found.push(format!("{} ({}) must not depend on {to}", package.name, package.manifest_path));
            }
        }
    }
    found
}

/// Extra edges that nothing uses any more.
pub fn unused_edges(packages: &[Package]) -> Vec<String> {
    let used = |edge: &&(&str, &str, &str)| {
        packages.iter().any(|package| package.name == edge.0 && package.dependencies.iter().any(|d| d.name == edge.1))
    };
    let all = EXTRA_EDGES.iter().chain(EXTRA_TEST_EDGES);
    all.filter(|edge| !used(edge)).map(|edge| format!("{} → {} is drawn and not used", edge.0, edge.1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|name| match name.strip_prefix("dev:") {
            Some(name) => Dependency { name: name.into(), kind: Some("dev".into()) },
            None => Dependency { name: (*name).into(), kind: None },
        });
        Package { name: name.into(), manifest_path: folder.into(), dependencies: dependencies.collect() }
    }

    /// Violations of one package beside a small workspace.
    fn of(name: &str, folder: &str, dependencies: &[&str]) -> usize {
        let mut packages = vec![
            package("attune-domain", "shared/domain", &[]),
            package("attune-contracts", "shared/contracts", &["attune-domain"]),
            package("attune-audio", "shared/audio", &[]),
            package("attune-aws", "shared/aws", &["dev:aws-sigv4"]),
            package("attune-edge-kit", "edge/kit", &["worker", "attune-objects"]),
            package("attune-objects", "edge/objects", &["attune-audio"]),
            package("attune-functions-kit", "functions/kit", &["tokio"]),
            package("optimize-run", "functions/optimize-run", &[]),
            package("attune-test-support", "tests/support", &[]),
        ];
        packages.retain(|package| package.name != name);
        packages.push(package(name, folder, dependencies));
        violations(&packages).len()
    }

    #[test]
    fn good_edges_pass() {
        assert_eq!(
            of("attune-new", "shared/new", &["attune-domain", "attune-contracts", "serde", "dev:attune-test-support"]),
            0
        );
        assert_eq!(of("attune-api", "edge/api", &["worker", "attune-edge-kit", "attune-objects", "attune-aws"]), 0);
        assert_eq!(of("attune-agent", "edge/agent", &["tokio", "reqwest", "attune-audio"]), 0);
        assert_eq!(of("job", "functions/job", &["attune-functions-kit", "lambda_runtime", "attune-audio"]), 0);
        assert_eq!(
            of("attune-e2e", "tests/e2e", &["worker-build", "attune-objects", "tokio"]),
            1,
            "worker not even in tests"
        );
    }

    #[test]
    fn bad_edges_fail() {
        assert_eq!(of("attune-domain", "shared/domain", &["attune-contracts"]), 1);
        assert_eq!(of("attune-contracts", "shared/contracts", &["attune-audio"]), 1);
        assert_eq!(of("attune-new", "shared/new", &["attune-audio"]), 1, "shared on shared");
        assert_eq!(of("attune-new", "shared/new", &["dev:attune-audio"]), 1, "also in tests");
        assert_eq!(of("attune-new", "shared/new", &["tokio", "worker", "aws-sdk-s3", "reqwest"]), 4);
        assert_eq!(of("attune-aws", "shared/aws", &["aws-sigv4"]), 1, "only its tests may");
        assert_eq!(of("attune-objects", "edge/objects", &["attune-functions-kit"]), 1, "edge on functions");
        assert_eq!(of("attune-objects", "edge/objects", &["attune-edge-kit", "aws_lambda_events", "tokio"]), 3);
        assert_eq!(of("attune-agent", "edge/agent", &["worker", "attune-objects"]), 2);
        assert_eq!(of("job", "functions/job", &["optimize-run", "attune-objects", "worker"]), 3);
        assert_eq!(of("attune-migrations", "migrations", &["attune-functions-kit", "worker"]), 2);
        assert_eq!(of("attune-dev", "localstack/dev", &["attune-edge-kit"]), 1);
        assert_eq!(of("thing", "elsewhere/thing", &[]), 1);
    }

    #[test]
    fn an_edge_that_is_not_used_is_named() {
        assert_eq!(unused_edges(&[]).len(), EXTRA_EDGES.len() + EXTRA_TEST_EDGES.len());
        let used = package("attune-edge-kit", "edge/kit", &["attune-objects"]);
        assert_eq!(unused_edges(&[used]).len(), EXTRA_EDGES.len() + EXTRA_TEST_EDGES.len() - 1);
    }
}
