//! Writing a layer: the one place where a version is made.

use super::due::Kind;
use super::layers::{Layer, View};
use super::{Context, ControlRoom, Effects, HISTORY_PER_LAYER, Owner, Push};
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::canonical::sha256_hex;
use attune_contracts::config::{ChangeV1, OldNew, Origin};
use attune_contracts::message::{CONFIG_CHANGED_V1, queue_of};
use attune_contracts::{Envelope, message_id};
use attune_domain::{CallId, ChangeId, Decimal, KnobName, Millis, Scope, map_of};
use attune_optimizer::layer::{FallbackCause, canonical};
use attune_optimizer::{Accepted, State};
use std::collections::BTreeMap;

/// Route by which message ids of recorded changes are made.
const CHANGE_ROUTE: &str = "config.changed";

/// A layer as it is to be written.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// The layer before.
    pub before: Layer,
    /// Its content afterwards, RFC 8785 JSON: written as it is.
    pub content: String,
    pub changed: BTreeMap<KnobName, (Option<Decimal>, Option<Decimal>)>,
    pub origin: Origin,
    pub reason: String,
    pub expires_at: Option<i64>,
    pub return_to: Option<u64>,
    pub source_version: Option<u64>,
}

/// What a change takes out of a more specific layer.
struct Fallen {
    layer: Layer,
    knobs: Vec<KnobName>,
    reasons: Vec<String>,
}

impl ControlRoom {
    /// Writes a layer with a new version, its history, its due time, and the message that records it.
    pub(super) fn write(&self, ctx: &Context<'_>, effects: &mut Effects, write: Write) -> Result<ChangeV1> {
        let Write { before, content, changed, origin, reason, expires_at, return_to, source_version } = write;
        let version = self.facts.borrow().version + 1;
        let call_id = (before.scope == Scope::Call).then(|| CallId::parse(&before.call_id)).transpose();
        let call_id = call_id.map_err(|_| Error::Stored("call id"))?;
        let change = ChangeV1 {
            change_id: ChangeId::new(ctx.now_ms, self.next_random(ctx)),
            version,
            parent: before.version,
            station: before.station,
            scope: before.scope,
            call_id: call_id.clone(),
            values: old_new(&changed),
            content_hash: sha256_hex(content.as_bytes()),
            reason,
            origin,
            at: Millis(ctx.now_ms),
            expires_at: expires_at.map(Millis),
        };
        self.store.exec("UPDATE room SET version = ?1", &[version.into()])?;
        self.facts.borrow_mut().version = version;
        let mut times = before.changed.clone();
        times.extend(changed.keys().map(|knob| (*knob, ctx.now_ms)));
        let times = json(&map_of(times.iter().map(|(knob, at)| (knob.as_str(), *at))))?;
        let (station, scope) = (i64::from(before.station.number()), before.scope.as_str());
        self.store.exec(
            "INSERT OR REPLACE INTO layer (station, call_id, scope, version, content, changed, expires_at, return_to, source_version) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                station.into(),
                (&before.call_id).into(),
                scope.into(),
                version.into(),
                (&content).into(),
                (&times).into(),
                expires_at.into(),
                return_to.into(),
                source_version.into(),
            ],
        )?;
        self.store.exec(
            "INSERT INTO change (version, station, call_id, scope, content, change) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                version.into(),
                station.into(),
                (&before.call_id).into(),
                scope.into(),
                (&content).into(),
                (&json(&change)?).into(),
            ],
        )?;
        // not below what the layer may still have to return to by itself
        let keep = self.pending_target(&before)?;
        self.store.exec(
            "DELETE FROM change WHERE station = ?1 AND call_id = ?2 AND scope = ?3 AND version NOT IN (?5, ?6) AND version < \
             (SELECT min(version) FROM (SELECT version FROM change WHERE station = ?1 AND call_id = ?2 AND scope = ?3 \
             ORDER BY version DESC LIMIT ?4))",
            &[
                station.into(),
                (&before.call_id).into(),
                scope.into(),
                HISTORY_PER_LAYER.into(),
                keep.unwrap_or(0).into(),
                return_to.unwrap_or(0).into(),
            ],
        )?;
        self.set_due(
            Kind::Ttl(before.scope),
            before.station,
            &before.call_id,
            expires_at.filter(|_| self.expires_here(before.scope)),
        )?;
        if before.scope == Scope::Call {
            self.keep_call(before.station, &before.call_id, ctx.now_ms)?;
        }
        self.record(ctx, effects, &change)?;
        let push = Push { station: before.station, call_id };
        if !effects.push.contains(&push) {
            effects.push.push(push);
        }
        Ok(change)
    }

    /// A copy of the global layer returns when the global room says so.
    fn expires_here(&self, scope: Scope) -> bool {
        scope != Scope::Global || self.owner == Owner::Global
    }

    /// The message by which a change reaches the tables. Changes of the global layer are recorded by each tenant's room.
    fn record(&self, ctx: &Context<'_>, effects: &mut Effects, change: &ChangeV1) -> Result<()> {
        let Owner::Tenant(tenant) = &self.owner else { return Ok(()) };
        let to = queue_of(CONFIG_CHANGED_V1).ok_or(Error::Stored("queue"))?;
        let id = message_id(tenant.as_str(), CHANGE_ROUTE, change.change_id.as_str());
        let trace = ctx.traceparent.map(str::to_owned);
        let envelope = Envelope::new(id.clone(), tenant.clone(), CONFIG_CHANGED_V1, ctx.now_ms, trace, change);
        self.post(ctx, effects, to, &id, &json(&envelope)?)
    }

    pub(super) fn post(&self, ctx: &Context<'_>, effects: &mut Effects, to: &str, id: &str, body: &str) -> Result<()> {
        effects.posted = true;
        self.outbox.post(&Message { to, id, body, traceparent: ctx.traceparent }, ctx.now_ms)
    }

    /// Takes out of more specific layers what a change has made illegal there, each as a change of its own: an event that
    /// says so (decision 1).
    pub(super) fn fall_back(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        accepted: &Accepted,
        state: &State,
        whose: &[Option<Layer>],
        view: &View,
    ) -> Result<()> {
        let mut fallen: BTreeMap<(Scope, String), Fallen> = BTreeMap::new();
        for (index, fallback) in accepted.new_fallbacks(state, view.station) {
            let layer = match fallback.scope {
                Scope::Tenant => Some(view.tenant.clone()),
                Scope::Call => whose.get(index).cloned().flatten(),
                Scope::Global => None,
            };
            let (Some(layer), FallbackCause::Cross(_)) = (layer, fallback.cause) else { continue };
            let key = (fallback.scope, layer.call_id.clone());
            let entry = fallen.entry(key).or_insert_with(|| Fallen { layer, knobs: Vec::new(), reasons: Vec::new() });
            if !entry.knobs.contains(&fallback.knob) {
                entry.knobs.push(fallback.knob);
                entry.reasons.push(fallback.to_string());
            }
        }
        for Fallen { layer: before, knobs, reasons } in fallen.into_values() {
            let mut values = before.values()?;
            let changed = map_of(knobs.iter().filter_map(|knob| Some((*knob, (Some(values.remove(knob)?), None)))));
            let (expires_at, return_to) = (before.expires_at, before.return_to);
            let reason = reasons.join("; ");
            let content = canonical(&values);
            let write = Write {
                before,
                content,
                changed,
                origin: Origin::Fallback,
                reason,
                expires_at,
                return_to,
                source_version: None,
            };
            self.write(ctx, effects, write)?;
        }
        Ok(())
    }
}

fn old_new(changed: &BTreeMap<KnobName, (Option<Decimal>, Option<Decimal>)>) -> BTreeMap<String, OldNew> {
    let text = |value: &Option<Decimal>| value.map(|v| v.to_string());
    let both = |(old, new): &_| OldNew { old: text(old), new: text(new) };
    map_of(changed.iter().map(|(knob, values)| (knob.as_str().to_owned(), both(values))))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Stored("value"))
}
