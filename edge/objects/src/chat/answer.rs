//! What the assistant has still to answer. A message and the duty to answer it are one transaction; the answer and its end are another:
//! what dies in between is answered anew.

use super::event::Said;
use super::{ChatRoom, Out};
use crate::Result;
use attune_chat::Reply;
use attune_chat::frame::{ASSISTANT, Kind};

/// An answer that was begun is looked for again after so long, ms.
pub(super) const BACKSTOP_MS: i64 = 5_000;

/// A message that waits for the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Id of the answer in the making.
    pub answer: String,
    /// Its number.
    pub seq: u64,
    /// What the visitor said; empty when it was redacted since.
    pub text: String,
    /// The visitor's language.
    pub locale: Option<String>,
}

impl ChatRoom {
    /// The oldest message that waits for the assistant.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn question(&self) -> Result<Option<Question>> {
        let sql = "SELECT a.seq, e.text, c.locale FROM answer a JOIN event e ON e.seq = a.seq JOIN chat c ORDER BY a.seq LIMIT 1";
        let Some(mut row) = self.store.exec(sql, &[])?.first() else { return Ok(None) };
        let seq = row.uint(0)?;
        let text = row.maybe_text(1)?.unwrap_or_default();
        Ok(Some(Question { answer: answer_id(seq), seq, text, locale: row.maybe_text(2)? }))
    }

    /// The assistant has said all of it. `None`: it is not wanted any more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn answered(&self, question: &Question, reply: &Reply, now_ms: i64) -> Result<Option<Out>> {
        self.command(|| {
            let sql = "DELETE FROM answer WHERE seq = ?1 RETURNING 1";
            if self.store.exec(sql, &[question.seq.into()])?.is_empty() {
                return Ok(None);
            }
            let text = reply.pieces.concat();
            let (answer, replies) = (Some(question.answer.as_str()), reply.replies.as_slice());
            let said = Said { text: Some(&text), answer, replies, ..Said::default() };
            let (_, frame) = self.append(ASSISTANT, Kind::Message, said, now_ms)?;
            if reply.person {
                self.store.exec("UPDATE chat SET waits = 1", &[])?;
                self.tell_list(now_ms)?;
            }
            Ok(Some(Out { all: vec![frame], ..Out::default() }))
        })
    }

    /// The visitor has said something: the assistant answers unless staff has taken over.
    pub(super) fn ask_assistant(&self, member: &str, seq: u64) -> Result<()> {
        let sql = "INSERT INTO answer (seq) SELECT ?1 FROM chat WHERE visitor = ?2 AND taken_by IS NULL";
        self.store.exec(sql, &[seq.into(), member.into()]).map(drop)
    }

    /// Answers in the making are given up. Their frames.
    pub(super) fn silence(&self, now_ms: i64) -> Result<Vec<String>> {
        let mut frames = Vec::new();
        for row in self.store.exec("DELETE FROM answer RETURNING seq", &[])? {
            let id = answer_id(row.uint(0)?);
            let said = Said { answer: Some(&id), ..Said::default() };
            frames.push(self.append(ASSISTANT, Kind::AnswerEnd, said, now_ms)?.1);
        }
        Ok(frames)
    }
}

/// Unique in the room, and the same after the object has died.
fn answer_id(seq: u64) -> String {
    format!("ans_{seq}")
}
