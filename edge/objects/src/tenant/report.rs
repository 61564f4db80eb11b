//! What widgets report of themselves: the newest of each. What came before goes.

use super::{Tenant, not_found};
use crate::{Error, Result};
use attune_contracts::SCHEMA_VERSION;
use attune_domain::{Millis, json};
use serde_json::{Value, json};

/// Reports of a widget that are kept.
pub const MAX_REPORTS: i64 = 100;

impl Tenant {
    /// Keeps a report of the widget that a key belongs to: `WidgetReportV1` without its version, already freed of personal data.
    ///
    /// # Errors
    /// `not_found`: the key has no widget.
    pub fn add_report(&self, key_id: &str, report: &str, now_ms: i64) -> Result<()> {
        self.apply(|| {
            let found = self.store.exec("SELECT widget_id FROM widget WHERE key_id = ?1", &[key_id.into()])?.first();
            let widget = found.ok_or_else(|| not_found("the key has no widget"))?.text(0)?;
            let sql = "INSERT INTO widget_report (widget_id, received_at, body) VALUES (?1, ?2, ?3)";
            self.store.exec(sql, &[(&widget).into(), now_ms.into(), report.into()])?;
            let old = "DELETE FROM widget_report WHERE widget_id = ?1 AND id <= \
                       (SELECT id FROM widget_report WHERE widget_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
            self.store.exec(old, &[(&widget).into(), MAX_REPORTS.into()]).map(drop)
        })
    }

    /// The reports of a widget, the newest first: a `WidgetReportsV1`.
    ///
    /// # Errors
    /// `not_found`.
    pub fn reports(&self, widget_id: &str) -> Result<Value> {
        if self.store.exec("SELECT 1 FROM widget WHERE widget_id = ?1", &[widget_id.into()])?.is_empty() {
            return Err(not_found("there is no such widget"));
        }
        let sql = "SELECT received_at, body FROM widget_report WHERE widget_id = ?1 ORDER BY id DESC";
        let rows = self.store.exec(sql, &[widget_id.into()])?;
        let kept = rows.into_iter().map(|mut row| {
            let received_at = Millis(row.int(0)?).to_string();
            let mut report: Value = json::from_str(&row.text(1)?).map_err(|_| Error::Stored("report"))?;
            report["received_at"] = received_at.into();
            Ok(report)
        });
        let reports = kept.collect::<Result<Vec<_>>>()?;
        Ok(json!({ "schema_version": SCHEMA_VERSION, "reports": reports }))
    }
}
