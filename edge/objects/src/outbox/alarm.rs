//! The object's one alarm.

use super::Outbox;
use crate::Result;

/// The time to arm for, if the alarm has to be set: when none is set, or the set one is later. It is never moved later.
pub fn earlier(set: Option<i64>, wanted: Option<i64>) -> Option<i64> {
    wanted.filter(|wanted| set.is_none_or(|set| *wanted < set))
}

impl Outbox {
    /// To be called by the alarm and by the sweeper, before a drain: deletes expired records, a bounded number.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn on_alarm(&self, now_ms: i64) -> Result<()> {
        self.purge(now_ms).map(drop)
    }

    /// When the object has to wake next; `None`: never. To be asked after every drain.
    pub fn next_alarm(&self, now_ms: i64) -> Option<i64> {
        let purge = self.purge_at();
        let memory = self.memory.borrow();
        let pending = memory.oldest.is_some();
        let lanes = memory.lanes.0.values().filter(|_| pending).filter_map(|l| l.next(memory.last_seq, now_ms));
        lanes.chain(purge).min().map(|at| at.max(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_is_never_moved_later() {
        assert_eq!(earlier(None, Some(5)), Some(5));
        assert_eq!(earlier(Some(9), Some(5)), Some(5));
        assert_eq!(earlier(Some(5), Some(5)), None);
        assert_eq!(earlier(Some(3), Some(5)), None);
        assert_eq!(earlier(Some(3), None), None);
    }
}
