//! Resources, tables and their readers agree with the folders.

use crate::File;
use attune_migrations::Resources;
use std::collections::BTreeSet;

/// Functions of the list without a crate, crates without an entry, and cells that an environment on AWS does not know.
pub fn violations(resources: &Resources, files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    let folder = |file: &File| file.path.strip_prefix("functions/")?.strip_suffix("/Cargo.toml").map(str::to_owned);
    let crates: BTreeSet<String> = files.iter().filter_map(folder).filter(|name| name != "kit").collect();
    let listed: BTreeSet<String> = resources.functions.keys().cloned().collect();
    found.extend(
        listed.difference(&crates).map(|name| format!("function {name} is in resources.json and has no crate")),
    );
    found.extend(crates.difference(&listed).map(|name| format!("functions/{name} is not in resources.json")));
    for (queue, entry) in &resources.queues {
        if &entry.function != queue || !crates.contains(&entry.function) {
            found.push(format!("queue {queue} has no function crate of its name"));
        }
    }
    for environment in ["staging", "production"] {
        let path = format!("infra/envs/{environment}/main.tf");
        let text = files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
        for cell in resources.cells.keys().filter(|cell| !text.contains(&format!("module \"{cell}\""))) {
            found.push(format!("{path} has no module for cell {cell}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Vec<File> {
        let resources = Resources::load().unwrap();
        let mut files: Vec<_> =
            resources.functions.keys().map(|name| File::new(format!("functions/{name}/Cargo.toml"), "")).collect();
        files.push(File::new("functions/kit/Cargo.toml", ""));
        let modules: String = resources.cells.keys().map(|cell| format!("module \"{cell}\" {{}}\n")).collect();
        for environment in ["staging", "production"] {
            files.push(File::new(format!("infra/envs/{environment}/main.tf"), modules.clone()));
        }
        files
    }

    #[test]
    fn folders_and_list_agree() {
        assert_eq!(violations(&Resources::load().unwrap(), &good()), Vec::<String>::new());
    }

    #[test]
    fn each_disagreement_is_seen() {
        let resources = Resources::load().unwrap();
        let mut files = good();
        files.push(File::new("functions/surprise/Cargo.toml", ""));
        assert_eq!(violations(&resources, &files).len(), 1, "crate without an entry");
        let files: Vec<_> =
            good().into_iter().filter(|file| file.path != "functions/record-change/Cargo.toml").collect();
        assert_eq!(violations(&resources, &files).len(), 2, "no crate: for the function, and for its queue");
        let files: Vec<_> = good().into_iter().filter(|file| !file.path.starts_with("infra/envs/staging")).collect();
        assert_eq!(violations(&resources, &files).len(), resources.cells.len(), "an environment without cells");
    }
}
