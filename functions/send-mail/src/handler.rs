//! The way of one mail.

use crate::context::SendMail;
use crate::smtp::Failure;
use crate::{items, mail};
use attune_contracts::message::{SEND_MAIL_V1, SendMailV1};
use attune_functions_kit::batch::{Function, Window, outcomes};
use attune_functions_kit::store::Put;
use attune_functions_kit::{CallError, GiveUp, Message, Outcome, Record, clock, record};
use attune_migrations::Access;

impl Function for SendMail {
    const NAME: &'static str = "send-mail";
    const QUEUE: Option<&'static str> = Some("send-mail");
    type Input = Message<SendMailV1>;

    fn read(&self, record: &Record, now_ms: i64) -> Result<Self::Input, GiveUp> {
        record::read(record, SEND_MAIL_V1, &self.cell, now_ms)
    }

    async fn handle(&self, batch: Vec<Self::Input>, window: Window) -> Vec<Outcome> {
        outcomes(batch, window, |message| async move { self.once(&message).await.unwrap_or_else(|outcome| outcome) })
            .await
    }

    fn take_units(&self) -> (f64, f64) {
        self.store.take_units()
    }
}

impl SendMail {
    /// Marked as begun, sent, marked as sent. Who finds it begun cannot know whether it went out, and sends it again.
    async fn once(&self, message: &Message<SendMailV1>) -> Result<Outcome, Outcome> {
        if clock::now_ms() >= message.body.useless_from {
            return Ok(Outcome::Skipped);
        }
        let mail = mail::compose(message, &self.from).map_err(|e| GiveUp::Invalid(e.to_string()))?;
        let begun = items::begun(message);
        match self.store.put_once(Access::SendPutMail, begun.clone()).await? {
            Put::Existed(there) if items::is_sent(&there) => return Ok(Outcome::Skipped),
            Put::Existed(_) | Put::Written => {}
        }
        self.smtp.send(&mail).await.map_err(|failure| match failure {
            Failure::Later(why) => Outcome::from(CallError::Mail(why)),
            Failure::Refused(code) => GiveUp::Refused(format!("the mail server answered {code}")).into(),
        })?;
        self.store.put_settled(Access::SendPutMail, items::sent(begun, clock::now_ms()), items::SENT_AT).await?;
        Ok(Outcome::Done)
    }
}
