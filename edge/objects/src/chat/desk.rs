//! What staff does with a room: taking over, handing back, ending.

use super::event::Said;
use super::{Answer, ChatRoom, Out, Refusal};
use attune_chat::frame::Kind;

impl ChatRoom {
    /// A member of the staff answers from now on; the assistant is silent, and what it was saying is given up. Again is harmless.
    ///
    /// Refusals: `NotFound`, `Ended`, `Taken`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn take_over(&self, member: &str, now_ms: i64) -> Answer<Out> {
        self.command(|| {
            let room = granted!(self.live()?);
            match room.taken_by.as_deref() {
                Some(taken) if taken == member => return Ok(Ok(Out::default())),
                Some(_) => return Ok(Err(Refusal::Taken)),
                None => {}
            }
            self.enrol(member, true)?;
            self.store.exec("UPDATE chat SET taken_by = ?1, waits = 0", &[member.into()])?;
            let mut all = self.silence(now_ms)?;
            all.push(self.append(member, Kind::TakenOver, Said::default(), now_ms)?.1);
            self.tell_list(now_ms)?;
            Ok(Ok(Out { all, ..Out::default() }))
        })
    }

    /// The assistant answers again, from the next message on. Again is harmless.
    ///
    /// Refusals: `NotFound`, `Ended`, `Taken`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn hand_back(&self, member: &str, now_ms: i64) -> Answer<Out> {
        self.command(|| {
            let room = granted!(self.live()?);
            match room.taken_by.as_deref() {
                None => return Ok(Ok(Out::default())),
                Some(taken) if taken != member => return Ok(Err(Refusal::Taken)),
                Some(_) => {}
            }
            self.store.exec("UPDATE chat SET taken_by = NULL", &[])?;
            let all = vec![self.append(member, Kind::HandedBack, Said::default(), now_ms)?.1];
            Ok(Ok(Out { all, ..Out::default() }))
        })
    }

    /// Ends the room for all. Again is harmless.
    ///
    /// Refusals: `NotFound`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn end(&self, member: &str, now_ms: i64) -> Answer<Out> {
        self.command(|| {
            match self.live()? {
                Ok(_) => {}
                Err(Refusal::Ended) => return Ok(Ok(Out::default())),
                Err(refusal) => return Ok(Err(refusal)),
            }
            let mut all = self.silence(now_ms)?;
            all.push(self.append(member, Kind::Ended, Said::default(), now_ms)?.1);
            self.store.exec("UPDATE chat SET ended_at = ?1, waits = 0", &[now_ms.into()])?;
            self.store.exec("DELETE FROM ticket", &[])?;
            self.tell_list(now_ms)?;
            Ok(Ok(Out { all, ..Out::default() }))
        })
    }
}
