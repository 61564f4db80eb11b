//! `GET /v1/audit/export`: all rows in their order as JSON lines, which `cargo dev audit verify` reads. The headers `audit-seq` and
//! `audit-hash` are the trail's head: whoever keeps them can later prove that nothing before was edited or cut off.
//!
//! A long trail comes in parts: `link` (RFC 8288) leads to the next, and the parts behind each other are the export.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::routes::paging;
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::{AuditHeadV1, AuditRowV1};
use attune_edge_kit::Answer;
use attune_objects::tenant::{MAX_EXPORT, audit_line};

/// Most rows of one answer: about 4 MB, far below an isolate's 128.
const MOST: u32 = 10_000;

/// Handles the request: `?after=` (0 without), `?limit=` (10 000 without).
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["after", "limit"])?;
    let number = |text: &str| text.parse::<u64>().ok().filter(|n| *n < 1 << 53).ok_or("expected a row's number");
    let mut after = query.read("after", number)?.unwrap_or(0);
    let limit = paging::limit_to(&query, MOST, MOST)?;
    let head: AuditHeadV1 = call.read(&call.ask_tenant(tenant, None, TenantCommand::AuditHead).await?)?;
    let (mut lines, mut left) = (String::new(), limit);
    while left > 0 && after < head.seq {
        let part = TenantCommand::ExportAudit(after, left.min(MAX_EXPORT));
        let rows: Vec<AuditRowV1> = call.read(&call.ask_tenant(tenant, None, part).await?)?;
        // rows that came after the head was read belong to the next export
        let rows: Vec<AuditRowV1> = rows.into_iter().filter(|row| row.seq <= head.seq).collect();
        let Some(last) = rows.last() else { break };
        after = last.seq;
        left = left.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        for row in &rows {
            lines.push_str(&audit_line(row).map_err(|e| call.internal("audit row", e))?);
            lines.push('\n');
        }
    }
    let answer = Answer::text(200, "application/jsonl", lines)
        .with("cache-control", "no-store")
        .with("audit-seq", head.seq.to_string())
        .with("audit-hash", head.hash);
    if after >= head.seq {
        return Ok(answer.into());
    }
    let next = format!("</v1/audit/export?after={after}&limit={limit}>; rel=\"next\"");
    Ok(answer.with("link", next).into())
}
