//! The global layer: owned by the room `global`, copied into every tenant's room, where it gets a version of that room's counter.

use super::layers::{Layer, values};
use super::write::{Write, json};
use super::{Context, ControlRoom, Effects, Outcome, Owner};
use crate::{Error, Result};
use attune_contracts::config::{ChangeV1, Origin};
use attune_contracts::{ProblemCode, message_id};
use attune_domain::{Scope, Station, TenantId, json};
use attune_optimizer::restore;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The global layer of a station, as published to the tenants' rooms. Idempotent: older or equal versions change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalLayerV1 {
    /// Version in the global room.
    pub source_version: u64,
    /// Station.
    pub station: Station,
    /// Whole content, name → decimal string.
    pub values: BTreeMap<String, String>,
    /// What the change came from.
    pub origin: Origin,
    /// Why.
    pub reason: String,
    /// When the layer returns by itself, ms since 1970; the global room then publishes again.
    pub expires_at: Option<i64>,
}

impl ControlRoom {
    /// Must this room still register with the global one? Then: the shell calls [`Self::register_room`] of the global room
    /// and hands the answer to [`Self::take_global`].
    pub fn needs_global(&self) -> bool {
        self.owner != Owner::Global && !self.facts.borrow().global_known
    }

    /// Global room: a tenant's room registers; the answer is all there is so far. Again is harmless.
    pub fn register_room(&self, ctx: &Context<'_>, tenant: &TenantId) -> Outcome<Vec<GlobalLayerV1>> {
        self.command(ctx, |_| {
            if self.owner != Owner::Global {
                return Err(Error::refused(ProblemCode::NotFound, "this room does not own the global layer"));
            }
            self.store.exec(
                "INSERT INTO tenant_room (tenant) VALUES (?1) ON CONFLICT DO NOTHING",
                &[tenant.as_str().into()],
            )?;
            let mut layers = Vec::new();
            for station in Station::ALL {
                let layer = self.view(station, None)?.global;
                if layer.version > 0 {
                    layers.push(self.published(&layer)?);
                }
            }
            Ok(layers)
        })
    }

    /// Tenant's room: takes over published layers, at registration (all there are) or one by one. While frozen they are
    /// held back.
    pub fn take_global(&self, ctx: &Context<'_>, layers: &[GlobalLayerV1], registered: bool) -> Outcome<()> {
        self.command(ctx, |effects| {
            if self.owner == Owner::Global {
                return Err(Error::refused(ProblemCode::NotFound, "the global room owns its layer"));
            }
            for layer in layers {
                self.take(ctx, effects, layer)?;
            }
            if registered {
                self.store.exec("UPDATE room SET global_known = 1", &[])?;
                self.facts.borrow_mut().global_known = true;
            }
            Ok(())
        })
    }

    fn take(&self, ctx: &Context<'_>, effects: &mut Effects, layer: &GlobalLayerV1) -> Result<()> {
        let view = self.view(layer.station, None)?;
        let before = view.global.clone();
        if before.source_version.is_some_and(|known| known >= layer.source_version) {
            return Ok(());
        }
        if self.frozen() && matches!(layer.origin, Origin::Manual { .. }) {
            self.store.exec(
                "INSERT OR REPLACE INTO held (station, layer) VALUES (?1, ?2)",
                &[i64::from(layer.station.number()).into(), (&json(layer)?).into()],
            )?;
            return Ok(());
        }
        self.store.exec("DELETE FROM held WHERE station = ?1", &[i64::from(layer.station.number()).into()])?;
        // names are ASCII and sorted: this is the RFC 8785 form
        let content = json(&layer.values)?;
        let (state, whose) = self.gate_state(&view, Scope::Global)?;
        let accepted =
            restore(layer.station, Scope::Global, &values(&content)?, &state).map_err(super::update::refused)?;
        let write = Write {
            before,
            content,
            changed: accepted.changed.clone(),
            origin: layer.origin.clone(),
            reason: layer.reason.clone(),
            expires_at: layer.expires_at,
            return_to: None,
            source_version: Some(layer.source_version),
        };
        self.write(ctx, effects, write)?;
        self.fall_back(ctx, effects, &accepted, &state, &whose, &view)
    }

    /// Takes over what was held back while frozen.
    pub(super) fn take_held(&self, ctx: &Context<'_>, effects: &mut Effects) -> Result<()> {
        for mut row in self.store.exec("SELECT layer FROM held ORDER BY station", &[])? {
            let layer = json::from_str(&row.text(0)?).map_err(|_| Error::Stored("held layer"))?;
            self.take(ctx, effects, &layer)?;
        }
        Ok(())
    }

    /// Global room: publishes a change to every registered room, through the outbox.
    pub(super) fn publish(&self, ctx: &Context<'_>, effects: &mut Effects, change: &ChangeV1) -> Result<()> {
        if self.owner != Owner::Global {
            return Ok(());
        }
        let body = json(&self.published(&self.view(change.station, None)?.global)?)?;
        for mut row in self.store.exec("SELECT tenant FROM tenant_room ORDER BY tenant", &[])? {
            let tenant = row.text(0)?;
            let id = message_id(&tenant, "global.layer", change.change_id.as_str());
            self.post(ctx, effects, &format!("room:{tenant}"), &id, &body)?;
        }
        Ok(())
    }

    fn published(&self, layer: &Layer) -> Result<GlobalLayerV1> {
        let found = self.store.exec("SELECT change FROM change WHERE version = ?1", &[layer.version.into()])?.first();
        let text = found.ok_or(Error::Stored("change"))?.text(0)?;
        let change: ChangeV1 = json::from_str(&text).map_err(|_| Error::Stored("change"))?;
        Ok(GlobalLayerV1 {
            source_version: layer.version,
            station: layer.station,
            values: json::from_str(&layer.content).map_err(|_| Error::Stored("layer"))?,
            origin: change.origin,
            reason: change.reason,
            expires_at: layer.expires_at,
        })
    }
}
