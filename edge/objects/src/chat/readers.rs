//! How far the connections of a room have come. The platform takes in whatever is sent to a socket, so the members say what they have.
//!
//! Known in memory only. An object that has slept has sent nothing for a while; whoever is still there is counted from then on.

use std::cell::RefCell;

/// What each connection, by its number, has confirmed.
#[derive(Debug)]
pub struct Readers {
    most: u64,
    /// Sorted by the connections' numbers.
    confirmed: RefCell<Vec<(u64, u64)>>,
}

impl Readers {
    /// `most`: events that may wait to be confirmed.
    pub fn new(most: u64) -> Self {
        Self { most, confirmed: RefCell::default() }
    }

    /// A connection has said hello: it has those up to `after`, and, the first time, the room has just sent it the others up to
    /// `head`, which are bounded by themselves.
    pub fn hello(&self, reader: u64, after: u64, head: u64) {
        // who is not known yet has got all that there is
        self.have(reader, after, head);
    }

    /// It confirms those up to `seq`; more than there are is all.
    pub fn have(&self, reader: u64, seq: u64, head: u64) {
        self.with(reader, head, |known| *known = seq.min(head).max(*known));
    }

    fn with<T>(&self, reader: u64, head: u64, what: impl FnOnce(&mut u64) -> T) -> Option<T> {
        let mut confirmed = self.confirmed.borrow_mut();
        let at = confirmed.binary_search_by_key(&reader, |(known, _)| *known).unwrap_or_else(|at| {
            confirmed.insert(at, (reader, head));
            at
        });
        confirmed.get_mut(at).map(|(_, known)| what(known))
    }

    /// Is it too slow, now that the room's last event is `head`?
    pub fn is_slow(&self, reader: u64, head: u64) -> bool {
        self.with(reader, head, |known| head.saturating_sub(*known) > self.most).unwrap_or(false)
    }

    /// The connection is gone.
    pub fn gone(&self, reader: u64) {
        self.confirmed.borrow_mut().retain(|(known, _)| *known != reader);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_confirms_nothing_is_slow_and_who_lags_within_the_bound_is_not() {
        let readers = Readers::new(10);
        readers.hello(1, 0, 5);
        assert!(!readers.is_slow(1, 15));
        assert!(readers.is_slow(1, 16));
        readers.have(1, 6, 16);
        assert!(!readers.is_slow(1, 16));
        readers.have(1, 3, 16);
        assert!(!readers.is_slow(1, 16), "cumulative");
        // a second hello says what it has, no more: the room sends it everything again
        readers.hello(1, 7, 17);
        assert!(readers.is_slow(1, 18));
        readers.have(1, 900, 18);
        assert!(!readers.is_slow(1, 28) && readers.is_slow(1, 29), "nobody has what is not there");
        readers.gone(1);
        assert!(!readers.is_slow(1, 1_000), "after a sleep it is counted from then on");
        assert!(readers.is_slow(1, 1_011));
    }
}
