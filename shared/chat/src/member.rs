//! A member's side of a room, whatever the line does: the model of the widget's.
//!
//! - What the member says waits in a queue until the room has acknowledged it, and **one frame at a time** is on its way: so what
//!   was said first comes first, even where single frames are lost or come twice.
//! - Events are taken in their order only. When one is missing the member says `hello` again, from the last one that it has.
//! - What it has it confirms by `have`: by itself after 200 events, and when [`Member::confirm`] is asked, once a second.

use crate::frame::{CONFIRM_AFTER, Down, Event, Up};
use std::collections::VecDeque;

/// A member of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Number of the last event that it has.
    after: u64,
    /// The room knows that it has those up to this number.
    confirmed: u64,
    /// Its own member id, once it is known.
    id: Option<String>,
    /// Frames with a client id that were not acknowledged yet, the oldest first.
    queue: VecDeque<Up>,
    /// Has the room answered `hello` on this connection?
    welcomed: bool,
}

/// What the member does with what came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Frames to be sent.
    pub send: Vec<Up>,
    /// The event, when it is the next one; to be shown and kept.
    pub event: Option<Event>,
}

impl Taken {
    fn send(frame: Option<Up>) -> Self {
        Self { send: frame.into_iter().collect(), event: None }
    }
}

impl Member {
    /// A member that has kept all events up to this number (after a reload), and these frames.
    pub fn resumed(after: u64, queue: impl IntoIterator<Item = Up>) -> Self {
        Self { after, confirmed: after, queue: queue.into_iter().collect(), ..Self::default() }
    }

    /// Number of the last event that it has.
    pub const fn after(&self) -> u64 {
        self.after
    }

    /// Frames that wait for their acknowledgement.
    pub fn waiting(&self) -> impl Iterator<Item = &Up> {
        self.queue.iter()
    }

    /// A connection is open: the first frame.
    pub const fn connected(&mut self) -> Up {
        self.welcomed = false;
        self.hello()
    }

    /// A second has gone by: what to confirm.
    pub const fn confirm(&mut self) -> Option<Up> {
        if !self.welcomed || self.confirmed >= self.after {
            return None;
        }
        self.confirmed = self.after;
        Some(Up::Have { seq: self.after })
    }

    /// The connection is gone.
    pub const fn disconnected(&mut self) {
        self.welcomed = false;
    }

    /// Says something with a client id. Gives the frame when it can be sent now; else it waits.
    pub fn say(&mut self, frame: Up) -> Option<Up> {
        self.queue.push_back(frame);
        if self.queue.len() == 1 { self.next() } else { None }
    }

    /// Nothing was heard for a while: what to say again. For lines that lose single frames; a WebSocket breaks instead.
    pub fn retry(&self) -> Up {
        if self.welcomed { self.next().unwrap_or_else(|| self.hello()) } else { self.hello() }
    }

    /// Takes a frame of the room.
    pub fn take(&mut self, frame: Down) -> Taken {
        match frame {
            Down::Welcome { member, from, .. } => {
                self.id = Some(member);
                // what lies between is too old to come by itself; the member asks for pages when it shows it
                self.after = self.after.max(from);
                self.confirmed = self.after;
                self.welcomed = true;
                Taken::send(self.next())
            }
            Down::Event(event) => self.event(event),
            Down::Ack { id, .. } | Down::Error { id: Some(id), .. } => Taken::send(self.settled(&id)),
            Down::Delta { .. }
            | Down::Typing { .. }
            | Down::Presence { .. }
            | Down::Read { .. }
            | Down::Page { .. }
            | Down::Error { .. } => Taken::default(),
        }
    }

    fn event(&mut self, event: Event) -> Taken {
        if event.seq <= self.after {
            return Taken::default();
        }
        if event.seq > self.after + 1 {
            return Taken::send(Some(self.hello()));
        }
        self.after = event.seq;
        let own = event.id.as_ref().filter(|_| self.id.as_deref() == Some(event.from.as_str()));
        let next = own.cloned().and_then(|id| self.settled(&id));
        let have = if self.after >= self.confirmed + CONFIRM_AFTER { self.confirm() } else { None };
        Taken { send: next.into_iter().chain(have).collect(), event: Some(event) }
    }

    /// The room has taken or refused the frame of this id. Gives the next one.
    fn settled(&mut self, id: &str) -> Option<Up> {
        if self.queue.front().and_then(client_id) != Some(id) {
            return None;
        }
        self.queue.pop_front();
        self.next()
    }

    fn next(&self) -> Option<Up> {
        if self.welcomed { self.queue.front().cloned() } else { None }
    }

    const fn hello(&self) -> Up {
        Up::Hello { v: 1, after: self.after }
    }
}

/// The client id of a frame.
pub fn client_id(frame: &Up) -> Option<&str> {
    match frame {
        Up::Send { id, .. } | Up::Edit { id, .. } | Up::Redact { id, .. } => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Kind;
    use attune_domain::Millis;

    fn say(id: &str) -> Up {
        Up::Send { id: id.to_owned(), text: "x".to_owned(), attachments: Vec::new() }
    }

    fn event(seq: u64, from: &str, id: &str) -> Down {
        Down::Event(Event {
            seq,
            at: Millis(0),
            from: from.to_owned(),
            kind: Kind::Message,
            id: Some(id.to_owned()),
            text: None,
            of: None,
            answer: None,
            replies: Vec::new(),
            value: None,
            attachments: Vec::new(),
        })
    }

    fn welcome(from: u64) -> Down {
        Down::Welcome { member: "me".to_owned(), room: "r".to_owned(), head: from, from, assistant: true }
    }

    #[test]
    fn one_frame_is_on_its_way_until_it_is_acknowledged() {
        let mut member = Member::default();
        assert_eq!(member.say(say("a")), None, "not connected");
        assert_eq!(member.connected(), Up::Hello { v: 1, after: 0 });
        assert_eq!(member.say(say("b")), None);
        assert_eq!(member.take(welcome(0)).send, [say("a")]);
        assert_eq!(member.take(Down::Ack { id: "b".to_owned(), seq: 9 }).send, [], "not on its way");
        assert_eq!(member.retry(), say("a"));
        assert_eq!(member.take(Down::Ack { id: "a".to_owned(), seq: 1 }).send, [say("b")]);
        member.disconnected();
        assert_eq!(member.waiting().count(), 1);
        assert_eq!(member.connected(), Up::Hello { v: 1, after: 0 });
        assert_eq!(member.take(welcome(0)).send, [say("b")]);
        // its own event is as good as the acknowledgement, another member's of the same id is not
        assert_eq!(member.take(event(1, "you", "b")).send, []);
        assert_eq!(member.waiting().count(), 1);
        member.take(event(2, "me", "b"));
        assert_eq!(member.waiting().count(), 0);
    }

    #[test]
    fn what_is_refused_makes_room_for_the_next() {
        let mut member = Member::resumed(4, [say("a"), say("b")]);
        assert_eq!(member.connected(), Up::Hello { v: 1, after: 4 });
        member.take(welcome(4));
        let error = Down::Error { id: Some("a".to_owned()), code: "invalid".to_owned(), detail: String::new() };
        assert_eq!(member.take(error).send, [say("b")]);
    }

    #[test]
    fn events_are_taken_in_order_and_once() {
        let mut member = Member::resumed(4, []);
        member.connected();
        member.take(welcome(4));
        assert_eq!(member.take(event(6, "you", "x")).send, [Up::Hello { v: 1, after: 4 }]);
        assert!(member.take(event(5, "you", "y")).event.is_some());
        assert!(member.take(event(5, "you", "y")).event.is_none());
        assert_eq!(member.after(), 5);
        member.take(welcome(1_000));
        assert_eq!(member.after(), 1_000, "what is older comes by pages");
    }

    #[test]
    fn what_it_has_is_confirmed_after_two_hundred_events_or_when_it_is_time() {
        let mut member = Member::default();
        member.connected();
        member.take(welcome(0));
        assert_eq!(member.confirm(), None, "nothing to confirm");
        for seq in 1..CONFIRM_AFTER {
            assert_eq!(member.take(event(seq, "you", "x")).send, []);
        }
        assert_eq!(member.take(event(CONFIRM_AFTER, "you", "x")).send, [Up::Have { seq: CONFIRM_AFTER }]);
        assert_eq!(member.confirm(), None);
        member.take(event(CONFIRM_AFTER + 1, "you", "x"));
        assert_eq!(member.confirm(), Some(Up::Have { seq: CONFIRM_AFTER + 1 }));
        member.take(event(CONFIRM_AFTER + 2, "you", "x"));
        member.disconnected();
        assert_eq!(member.confirm(), None, "the next hello says it");
    }
}
