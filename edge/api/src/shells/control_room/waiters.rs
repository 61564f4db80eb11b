//! Those who wait for a run (`Prefer: wait`): in memory only. When the object dies they get the 202 that they would have got anyway,
//! or no answer, and ask again.

use attune_contracts::run::RunAnswerV1;
use attune_domain::RunId;
use futures_channel::oneshot;
use std::cell::RefCell;
use std::collections::HashMap;

/// All waiters by run.
#[derive(Debug, Default)]
pub struct Waiters(RefCell<HashMap<RunId, Vec<oneshot::Sender<RunAnswerV1>>>>);

impl Waiters {
    /// Waits for a run to be answered.
    pub fn join(&self, run_id: &RunId) -> oneshot::Receiver<RunAnswerV1> {
        let (tell, told) = oneshot::channel();
        let mut all = self.0.borrow_mut();
        // Those who went away are forgotten when the next one comes.
        all.retain(|_, waiting| {
            waiting.retain(|tell| !tell.is_canceled());
            !waiting.is_empty()
        });
        all.entry(run_id.clone()).or_default().push(tell);
        told
    }

    /// Tells all who wait for this run.
    pub fn tell(&self, run: &RunAnswerV1) {
        let waiting = self.0.borrow_mut().remove(&run.run_id).unwrap_or_default();
        for tell in waiting {
            // Who is no longer there has had the 202.
            drop(tell.send(run.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn all_who_wait_for_a_run_are_told_and_no_other() {
        let waiters = Waiters::default();
        let (one, two) = (RunId::new(1, 1), RunId::new(2, 2));
        let (a, b, other) = (waiters.join(&one), waiters.join(&one), waiters.join(&two));
        waiters.tell(&RunAnswerV1::accepted(one.clone()));
        assert_eq!(a.now_or_never().unwrap().unwrap().run_id, one);
        assert_eq!(b.now_or_never().unwrap().unwrap().run_id, one);
        assert!(other.now_or_never().is_none());
    }

    #[test]
    fn those_who_left_are_forgotten() {
        let waiters = Waiters::default();
        drop(waiters.join(&RunId::new(1, 1)));
        let _here = waiters.join(&RunId::new(2, 2));
        assert_eq!(waiters.0.borrow().len(), 1);
    }
}
