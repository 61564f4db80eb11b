//! The trail's head is put away hourly where nobody takes it back (decision 6): a bucket whose objects are locked. Whoever rewrites the
//! whole chain, here, cannot rewrite that.

use super::Tenant;
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::people::AuditHeadV1;
use attune_domain::Millis;

const HOUR_MS: i64 = 3_600_000;

impl Tenant {
    /// The last row's number and hash. In an hour in which none was put away yet, it is posted to the bucket `audit` (start a drain),
    /// under `<tenant>/<yyyy-mm-dd>/<hh>.json`, unless it lies there already. To be called by the sweeper too.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn keep_head(&self, now_ms: i64) -> Result<AuditHeadV1> {
        self.apply(|| {
            let head = self.audit_head()?;
            let hour = now_ms.div_euclid(HOUR_MS);
            let sql = "UPDATE tenant SET kept_seq = ?1, kept_hour = ?2 WHERE kept_seq < ?1 AND kept_hour < ?2 RETURNING tenant_id";
            let Some(mut row) = self.store.exec(sql, &[head.seq.into(), hour.into()])?.first() else { return Ok(head) };
            let id = format!("{}/{}/{:02}.json", row.text(0)?, Millis(now_ms).day(), hour.rem_euclid(24));
            let body = serde_json::to_string(&head).map_err(|_| Error::Stored("audit head"))?;
            self.outbox.post(&Message { to: "bucket:audit", id: &id, body: &body, traceparent: None }, now_ms)?;
            Ok(head)
        })
    }
}
