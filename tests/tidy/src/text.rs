//! What must not be written in a file.

use crate::File;

/// Folders in which code may ask the machine for time and randomness.
const MAY_ASK_THE_MACHINE: &[&str] =
    &["edge/kit/", "edge/agent/", "functions/kit/", "localstack/", "tests/", "migrations/src/steps/store/"];

/// Text that names a developer's machine. Split, so that this file does not name one itself.
fn machine_paths() -> [String; 6] {
    let join = |parts: [&str; 2]| parts.concat();
    [
        join(["/ho", "me/"]),
        join(["/Us", "ers/"]),
        join(["/ro", "ot/"]),
        join(["/wo", "rk/main"]),
        join(["/wo", "rk/shared"]),
        join([":\\Us", "ers\\"]),
    ]
}

fn lines<'a>(file: &'a File, wanted: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
    file.text.lines().zip(1..).filter(move |(line, _)| wanted(line)).map(|(_, number)| number)
}

/// Paths of a developer's machine.
pub fn machine_specific(files: &[File]) -> Vec<String> {
    let paths = machine_paths();
    let mut found = Vec::new();
    for file in files {
        let named = lines(file, |line| paths.iter().any(|path| line.contains(path.as_str())));
        found.extend(named.map(|line| format!("{}:{line} names a path of somebody's machine", file.path)));
    }
    found
}

/// Work that is not done, tests that do not run, and lints that are silenced without saying why.
pub fn unfinished(files: &[File]) -> Vec<String> {
    let marks = [["todo", "!("], ["unimplemented", "!("], ["#[ig", "nore"]].map(|parts| parts.concat());
    let silencers =
        [["#[al", "low("], ["#![al", "low("], ["#[ex", "pect("], ["#![ex", "pect("]].map(|parts| parts.concat());
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "rs") {
        let unfinished = lines(file, |line| marks.iter().any(|mark| line.contains(mark.as_str())));
        found.extend(
            unfinished.map(|line| format!("{}:{line} is not finished, or a test that does not run", file.path)),
        );
        for silencer in &silencers {
            for (at, _) in file.text.match_indices(silencer.as_str()) {
                let attribute = file.text[at..].split(")]").next().unwrap_or_default();
                if !attribute.contains("reason") {
                    let line = file.text[..at].matches('\n').count() + 1;
                    found.push(format!("{}:{line} silences a lint without a reason", file.path));
                }
            }
        }
    }
    found
}

/// Time and randomness taken from the machine where they must be arguments.
pub fn ambient(files: &[File]) -> Vec<String> {
    let calls = [
        "SystemTime::now",
        "Instant::now",
        "rand::random",
        "Timestamp::now",
        "Ulid::new()",
        "thread_rng",
        "getrandom::",
    ];
    let code = files.iter().filter(|file| file.extension() == "rs" && !file.is_under(MAY_ASK_THE_MACHINE));
    let mut found = Vec::new();
    // `tests/` and `examples/` inside a crate are tests too: they measure.
    for file in code.filter(|file| !file.path.contains("/tests/") && !file.path.contains("/examples/")) {
        let asks = |line: &str| !line.trim_start().starts_with("//") && calls.iter().any(|call| line.contains(call));
        found.extend(
            lines(file, asks).map(|line| format!("{}:{line} asks the machine for time or randomness", file.path)),
        );
    }
    found
}

/// Lock files that would fetch from anywhere but the public registries; npm's name no address at all, so that any mirror serves them.
pub fn lock_files(files: &[File]) -> Vec<String> {
    const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let mut found = Vec::new();
    for file in files {
        let foreign = |line: &str| match file.path.rsplit('/').next() {
            Some("Cargo.lock") => line.starts_with("source = ") && line != CRATES,
            Some("package-lock.json") => line.contains("\"resolved\":"),
            _ => false,
        };
        found.extend(lines(file, foreign).map(|line| format!("{}:{line} names another registry", file.path)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_paths_are_seen() {
        for path in machine_paths() {
            let file = File::new("a.md", format!("fine\nsee {path}x\n"));
            assert_eq!(machine_specific(&[file]), ["a.md:2 names a path of somebody's machine"]);
        }
        assert!(machine_specific(&[File::new("a.md", "/tmp/x and /usr/bin")]).is_empty());
    }

    #[test]
    fn unfinished_work_is_seen() {
        let bad = ["todo".to_owned() + "!()", "unimplemented".to_owned() + "!(\"x\")", "#[ig".to_owned() + "nore]"];
        for text in bad {
            assert_eq!(unfinished(&[File::new("a.rs", text.as_str())]).len(), 1, "{text}");
            assert!(unfinished(&[File::new("a.md", text.as_str())]).is_empty());
        }
        let silent = "fn a() {}\n#[al".to_owned() + "low(dead_code)]\nfn b() {}";
        assert_eq!(unfinished(&[File::new("a.rs", silent)]), ["a.rs:2 silences a lint without a reason"]);
        let said = "#[al".to_owned() + "low(\n  dead_code,\n  reason = \"generated\"\n)]";
        assert!(unfinished(&[File::new("a.rs", said)]).is_empty());
    }

    #[test]
    fn ambient_calls_are_seen_outside_the_kits() {
        let at = |path: &str| ambient(&[File::new(path, "let x = 1;\nlet t = SystemTime::now();")]).len();
        assert_eq!(at("shared/domain/src/lib.rs"), 1);
        assert_eq!(at("functions/optimize-run/src/main.rs"), 1);
        assert_eq!(at("functions/kit/src/clock.rs"), 0);
        assert_eq!(at("edge/agent/src/main.rs"), 0);
        assert!(ambient(&[File::new("shared/a.rs", "// never SystemTime::now")]).is_empty());
    }

    #[test]
    fn foreign_registries_are_seen() {
        let cargo = |source: &str| {
            lock_files(&[File::new("Cargo.lock", format!("name = \"x\"\nsource = \"{source}\"\n"))]).len()
        };
        assert_eq!(cargo("registry+https://github.com/rust-lang/crates.io-index"), 0);
        assert_eq!(cargo("registry+https://mirror.example/index"), 1);
        assert_eq!(cargo("git+https://example.com/x"), 1);
        let npm = |line: &str| lock_files(&[File::new("edge/package-lock.json", line.to_owned())]).len();
        assert_eq!(npm("\"integrity\": \"sha512-x\""), 0);
        assert_eq!(npm("\"resolved\": \"https://mirror.example/x\""), 1);
    }
}
