//! Numbered, idempotent data steps.
//!
//! Tables are made by Terraform or by the local start; a step changes what is *in* them. Each file in `migrations/steps/` is
//! one step. A ledger in the table `identity` (`META#<cell>`, `STEP#<number>`) holds what was applied. A step is applied, then
//! its data-quality check runs, then the ledger entry is written: a crash in between applies it again, so every step is
//! idempotent. Steps that were applied are checked again on each run, and are never edited or renumbered.

#[path = "../steps/0001_cell_epoch.rs"]
mod step_0001_cell_epoch;

pub mod store;

use crate::keys;
use store::{Item, Store};

/// What a step may know: no clock and no environment of its own.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The cell, `eu1`.
    pub cell: &'a str,
    /// Milliseconds since 1970, for the ledger.
    pub now_ms: i64,
}

/// The steps, in order. Append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Writes the epoch of the cell.
    CellEpoch,
}

/// What happened to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Applied now.
    Applied,
    /// The ledger had it; only checked.
    AlreadyApplied,
}

/// Why the steps stopped. Nothing after the failing step was touched.
#[derive(Debug, thiserror::Error)]
pub enum StepError<E: std::error::Error + 'static> {
    /// The table could not be read or written.
    #[error("the store failed at step {number}")]
    Store {
        /// Number of the step.
        number: u16,
        /// Why.
        #[source]
        source: E,
    },
    /// The data is not what the step promises.
    #[error("step {number}: {problem}")]
    Quality {
        /// Number of the step.
        number: u16,
        /// What is wrong, without values of tenants.
        problem: String,
    },
    /// The ledger names another step under this number: somebody renumbered.
    #[error("the ledger says step {number} is {found:?}, the code says {expected:?}")]
    Renumbered {
        /// Number of the step.
        number: u16,
        /// Name in the ledger.
        found: String,
        /// Name in the code.
        expected: &'static str,
    },
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 1] = [Self::CellEpoch];

    /// Its number, from 1, as in the file's name.
    pub const fn number(self) -> u16 {
        match self {
            Self::CellEpoch => 1,
        }
    }

    /// Its name, as in the file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CellEpoch => "cell_epoch",
        }
    }

    fn apply<S: Store>(self, store: &S, context: Context<'_>) -> Result<(), S::Error> {
        match self {
            Self::CellEpoch => step_0001_cell_epoch::apply(store, context),
        }
    }

    /// `Some(problem)` when the data is not what the step promises.
    fn check<S: Store>(self, store: &S, context: Context<'_>) -> Result<Option<String>, S::Error> {
        match self {
            Self::CellEpoch => step_0001_cell_epoch::check(store, context),
        }
    }
}

/// Applies what the ledger does not have, in order, and checks all.
///
/// # Errors
/// The first [`StepError`]; running again continues there.
pub fn run<S: Store>(store: &S, context: Context<'_>) -> Result<Vec<(Step, Outcome)>, StepError<S::Error>> {
    let mut outcomes = Vec::with_capacity(Step::ALL.len());
    for step in Step::ALL {
        let number = step.number();
        let failed = |source| StepError::Store { number, source };
        let (pk, sk) = (keys::meta_pk(context.cell), keys::step_sk(number));
        let entry = store.get(&pk, &sk).map_err(failed)?;
        if let Some(entry) = &entry {
            let found = entry.text("name").unwrap_or_default();
            if found != step.name() {
                return Err(StepError::Renumbered { number, found: found.to_owned(), expected: step.name() });
            }
        } else {
            step.apply(store, context).map_err(failed)?;
        }
        if let Some(problem) = step.check(store, context).map_err(failed)? {
            return Err(StepError::Quality { number, problem });
        }
        if entry.is_some() {
            outcomes.push((step, Outcome::AlreadyApplied));
            continue;
        }
        let entry = Item::new(pk, sk).with_text("name", step.name()).with_number("applied_at_ms", context.now_ms);
        // Refused when another runner was first: it applied the same idempotent step, so both are right.
        store.put_if_absent(entry).map_err(failed)?;
        outcomes.push((step, Outcome::Applied));
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::store::memory::Memory;
    use super::*;

    const CONTEXT: Context<'_> = Context { cell: "eu1", now_ms: 1_700_000_000_000 };

    #[test]
    fn numbers_follow_each_other_and_files_carry_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/steps");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let known: Vec<_> = Step::ALL.iter().map(|s| format!("{:04}_{}.rs", s.number(), s.name())).collect();
        assert_eq!(files, known);
        assert!(Step::ALL.iter().zip(1..).all(|(step, number)| step.number() == number));
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let store = Memory::default();
        assert_eq!(run(&store, CONTEXT).unwrap(), [(Step::CellEpoch, Outcome::Applied)]);
        let after = store.items();
        let later = Context { now_ms: CONTEXT.now_ms + 1, ..CONTEXT };
        assert_eq!(run(&store, later).unwrap(), [(Step::CellEpoch, Outcome::AlreadyApplied)]);
        assert_eq!(store.items(), after);
        assert_eq!(after.len(), 2, "epoch and ledger entry");
    }

    #[test]
    fn a_crash_after_any_write_is_healed_by_the_next_run() {
        for writes in 0..2 {
            let store = Memory::failing_after(writes);
            assert!(matches!(run(&store, CONTEXT), Err(StepError::Store { number: 1, .. })));
            store.heal();
            assert_eq!(run(&store, CONTEXT).unwrap(), [(Step::CellEpoch, Outcome::Applied)]);
            assert_eq!(store.items().len(), 2);
        }
    }

    #[test]
    fn another_step_under_the_same_number_stops_the_run() {
        let store = Memory::default();
        let entry = Item::new(keys::meta_pk("eu1"), keys::step_sk(1)).with_text("name", "something_else");
        store.put_if_absent(entry).unwrap();
        assert!(matches!(run(&store, CONTEXT), Err(StepError::Renumbered { number: 1, .. })));
        assert_eq!(store.items().len(), 1, "nothing was applied");
    }

    #[test]
    fn lost_data_is_noticed_although_the_ledger_has_the_step() {
        let store = Memory::default();
        run(&store, CONTEXT).unwrap();
        store.remove(&keys::meta_pk("eu1"), keys::EPOCH_SK);
        assert!(matches!(run(&store, CONTEXT), Err(StepError::Quality { number: 1, .. })));
    }

    #[test]
    fn cells_do_not_share_a_ledger() {
        let store = Memory::default();
        run(&store, CONTEXT).unwrap();
        let other = Context { cell: "us1", ..CONTEXT };
        assert_eq!(run(&store, other).unwrap(), [(Step::CellEpoch, Outcome::Applied)]);
    }
}
