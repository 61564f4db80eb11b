//! What the kernel says about processes (`/proc`; empty answers where there is none).

use std::collections::HashMap;
use std::fs;

/// Parent and start time of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Parent's process id.
    pub parent: i32,
    /// Start, in clock ticks since boot: with the id it names one process for good.
    pub started: u64,
    /// State letter, `Z` for a zombie.
    pub state: char,
}

/// Reads `/proc/<pid>/stat`; none when the process is gone.
pub fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the command's name may hold spaces and brackets: fields are counted from the last bracket
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// All process ids.
pub fn all() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// All living descendants of a process.
pub fn descendants(of: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all() {
        if let Some(stat) = stat(pid).filter(|stat| stat.state != 'Z') {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![of];
    while let Some(pid) = open.pop() {
        for child in children.remove(&pid).unwrap_or_default() {
            found.push(child);
            open.push(child);
        }
    }
    found
}

/// Processes whose environment has `name` set to a value that begins with `prefix`.
pub fn with_environment(name: &str, prefix: &str) -> Vec<i32> {
    let wanted = format!("{name}={prefix}").into_bytes();
    all()
        .into_iter()
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry.starts_with(&wanted)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_process() {
        let me = std::process::id() as i32;
        let stat = stat(me).unwrap();
        assert_eq!(stat.parent, nix::unistd::getppid().as_raw());
        assert!(stat.started > 0);
        assert!(all().contains(&me));
    }

    #[test]
    fn finds_a_child_by_descent_and_by_mark() {
        let mut child =
            std::process::Command::new("sleep").arg("30").env("ATTUNE_PROCFS_TEST", "here/42").spawn().unwrap();
        let pid = child.id() as i32;
        assert!(descendants(std::process::id() as i32).contains(&pid));
        assert_eq!(with_environment("ATTUNE_PROCFS_TEST", "here/"), vec![pid]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!descendants(std::process::id() as i32).contains(&pid));
    }
}
