//! The audit trail: append-only, numbered without a gap, each row hashed with the one before.

use super::{By, Tenant, page};
use crate::{Error, Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::NoticeV1;
use attune_contracts::canonical::canonical_json;
use attune_contracts::people::{AuditHeadV1, AuditPageV1, AuditRowV1};
use attune_domain::Millis;
use attune_identity::audit::{Entry, GENESIS, Head, Row as AuditRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most rows of one part of an export.
pub const MAX_EXPORT: u32 = 1_000;

/// What rows are asked for; absent: any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Exactly this actor.
    #[serde(default)]
    pub actor: Option<String>,
    /// Exactly this action, or with a dot at its end all that begin so.
    #[serde(default)]
    pub action: Option<String>,
    /// Exactly this target.
    #[serde(default)]
    pub target: Option<String>,
    /// Not before, ms since 1970.
    #[serde(default)]
    pub from: Option<i64>,
    /// Before, ms since 1970.
    #[serde(default)]
    pub until: Option<i64>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: u32,
}

const COLUMNS: &str = "seq, at, actor, action, target, detail, prev, hash";

impl Tenant {
    /// Takes what a `Session` has recorded with a change of its own ([`NoticeV1::Recorded`]), each once. The row's place is where
    /// it arrived; when it was done is in it.
    ///
    /// # Errors
    /// `not_found` without a tenant, [`Error::Store`].
    pub fn take_record(&self, notice: &NoticeV1, now_ms: i64) -> Result<()> {
        let NoticeV1::Recorded { record_id, user_id, actor, action, target, at } = notice else { return Ok(()) };
        self.apply(|| {
            self.need()?;
            let known = "SELECT 1 FROM audit WHERE record_id = ?1";
            if !self.store.exec(known, &[record_id.into()])?.is_empty() {
                return Ok(());
            }
            let detail = serde_json::json!({ "user_id": user_id, "done_at": at });
            self.append(&By { actor, now_ms }, action, target, detail, Some(record_id)).map(drop)
        })
    }

    /// Appends a row, inside the transaction of its change. Gives its number. Time does not run backwards in the trail.
    pub(super) fn record(&self, by: &By<'_>, action: &str, target: &str, detail: Value) -> Result<u64> {
        self.append(by, action, target, detail, None)
    }

    fn append(&self, by: &By<'_>, action: &str, target: &str, detail: Value, record: Option<&str>) -> Result<u64> {
        let last = self.store.exec("SELECT seq, at, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?.first();
        let (head, at) = match last {
            Some(mut row) => (Head { seq: row.uint(0)?, hash: row.text(2)? }, by.now_ms.max(row.int(1)?)),
            None => (Head::default(), by.now_ms),
        };
        let Value::Object(detail) = detail else { return Err(Error::Stored("audit detail")) };
        let entry = Entry { actor: by.actor, action, target, detail };
        let row = AuditRow::append(&head, Millis(at), entry).map_err(|_| Error::Stored("audit row"))?;
        let detail = canonical_json(&row.detail).map_err(|_| Error::Stored("audit detail"))?;
        self.store.exec(
            "INSERT INTO audit (seq, at, actor, action, target, detail, prev, hash, record_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                row.seq.into(),
                at.into(),
                by.actor.into(),
                action.into(),
                target.into(),
                (&detail).into(),
                (&row.prev).into(),
                (&row.hash).into(),
                record.into(),
            ],
        )?;
        Ok(row.seq)
    }

    /// Rows that match, the newest first.
    ///
    /// # Errors
    /// `invalid_parameter`, [`Error::Store`].
    pub fn audit(&self, query: &AuditQuery) -> Result<AuditPageV1> {
        let limit = page::limit(query.limit)?;
        let below = page::number(query.cursor.as_deref())?.unwrap_or(i64::MAX >> 11);
        let family = query.action.as_deref().filter(|a| a.ends_with('.'));
        // '/' is what follows '.': a range that the index finds
        let until = family.map(|a| format!("{}/", a.trim_end_matches('.')));
        let exact = query.action.as_deref().filter(|_| family.is_none());
        let rows = self.store.exec(
            &format!(
                "SELECT {COLUMNS} FROM audit WHERE seq < ?1 AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR action = ?3) \
                 AND (?4 IS NULL OR (action >= ?4 AND action < ?5)) AND (?6 IS NULL OR target = ?6) \
                 AND (?7 IS NULL OR at >= ?7) AND (?8 IS NULL OR at < ?8) ORDER BY seq DESC LIMIT ?9"
            ),
            &[
                below.into(),
                query.actor.as_deref().into(),
                exact.into(),
                family.into(),
                until.as_deref().into(),
                query.target.as_deref().into(),
                query.from.into(),
                query.until.into(),
                (limit + 1).into(),
            ],
        )?;
        let mut rows = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut rows, limit, |row: &AuditRowV1| row.seq.to_string());
        Ok(AuditPageV1 { schema_version: SCHEMA_VERSION, rows, next_cursor })
    }

    /// Rows after `seq`, in their order, at most [`MAX_EXPORT`]: for export as JSON lines ([`audit_line`]). An
    /// empty answer ends it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn export_audit(&self, after_seq: u64, limit: u32) -> Result<Vec<AuditRowV1>> {
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let limit = i64::from(limit.clamp(1, MAX_EXPORT));
        self.store.exec(&sql, &[after_seq.into(), limit.into()])?.into_iter().map(read).collect()
    }

    /// The last row's number and hash.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn audit_head(&self) -> Result<AuditHeadV1> {
        let last = self.store.exec("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?.first();
        let (seq, hash) = match last {
            Some(mut row) => (row.uint(0)?, row.text(1)?),
            None => (0, GENESIS.to_owned()),
        };
        Ok(AuditHeadV1 { schema_version: SCHEMA_VERSION, seq, hash })
    }
}

/// A row as a line of an export, without its line feed: RFC 8785 JSON, which `attune_identity::audit::verify` reads.
///
/// # Errors
/// [`Error::Stored`] when it is not JSON, which its type rules out.
pub fn audit_line(row: &AuditRowV1) -> Result<String> {
    canonical_json(row).map_err(|_| Error::Stored("audit row"))
}

fn read(mut row: Row) -> Result<AuditRowV1> {
    Ok(AuditRowV1 {
        seq: row.uint(0)?,
        at: Millis(row.int(1)?),
        actor: row.text(2)?,
        action: row.text(3)?,
        target: row.text(4)?,
        detail: serde_json::from_str(&row.text(5)?).map_err(|_| Error::Stored("audit detail"))?,
        prev: row.text(6)?,
        hash: row.text(7)?,
    })
}
