//! `POST /v1/config/freeze`: while frozen, only rollbacks change configuration. Returns that were due stay due: the end of a
//! time to live and automatic rollbacks lead to what is known to be good, and happen.

use super::{Context, ControlRoom, Once, Outcome};
use crate::Result;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::config::{ChangeAnswerV1, FreezeV1};

impl ControlRoom {
    /// Freezes or thaws. On thawing, the global layers that came meanwhile are taken over.
    ///
    /// Problems: `invalid_body`, `idempotency_mismatch`.
    pub fn freeze(&self, ctx: &Context<'_>, once: &Once<'_>, body: &FreezeV1) -> Outcome<ChangeAnswerV1> {
        self.command(ctx, |effects| {
            if let Some(first) = self.repeated(once, ctx.now_ms)? {
                return Ok(first);
            }
            self.check_reason(&body.reason)?;
            self.store.exec("UPDATE room SET frozen = ?1", &[body.frozen.into()])?;
            self.facts.borrow_mut().frozen = body.frozen;
            if !body.frozen {
                self.take_held(ctx, effects)?;
            }
            let answer = ChangeAnswerV1 { schema_version: SCHEMA_VERSION, change: None, frozen: body.frozen };
            self.remember(once, &answer, ctx.now_ms)?;
            Ok(answer)
        })
    }

    fn check_reason(&self, reason: &str) -> Result<()> {
        let scope = match self.owner {
            super::Owner::Global => attune_domain::Scope::Global,
            super::Owner::Tenant(_) => attune_domain::Scope::Tenant,
        };
        self.check_place(scope, None, reason).map(drop)
    }
}
