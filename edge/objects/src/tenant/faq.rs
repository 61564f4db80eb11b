//! The FAQ with which the assistant of the chat answers: one JSON text.

use super::{By, Tenant};
use crate::Result;
use serde_json::json;

impl Tenant {
    /// Replaces the FAQ, which was checked at the door.
    ///
    /// # Errors
    /// `not_found` without a tenant.
    pub fn put_faq(&self, by: &By<'_>, faq: &str, entries: u32) -> Result<()> {
        self.apply(|| {
            let tenant = self.need()?;
            let sql = "INSERT INTO faq (id, body) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET body = ?1";
            self.store.exec(sql, &[faq.into()])?;
            self.record(by, "faq.put", tenant.tenant_id.as_str(), json!({ "entries": entries })).map(drop)
        })
    }

    /// The FAQ; `None` before it was first written.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn faq(&self) -> Result<Option<String>> {
        let found = self.store.exec("SELECT body FROM faq", &[])?.first();
        found.map(|mut row| row.text(0)).transpose()
    }
}
