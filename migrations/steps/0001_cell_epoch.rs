//! Writes the epoch of the cell, 1, and the shape versions of its tables.
//!
//! Every stored item carries `cell_epoch`. When a cell is recovered elsewhere, the new epoch fences writers of the old one;
//! this item is what they read. It is written once and never lowered by this step.

use super::Context;
use super::store::{Item, Store};
use crate::keys;
use crate::tables::Table;

/// The first epoch of a cell.
const FIRST: i64 = 1;

pub(super) fn apply<S: Store>(store: &S, context: Context<'_>) -> Result<(), S::Error> {
    let mut item = Item::new(keys::meta_pk(context.cell), keys::EPOCH_SK.to_owned()).with_number("cell_epoch", FIRST);
    for table in Table::ALL {
        item = item.with_number(&format!("shape_{}", table.name()), 1);
    }
    // An existing item stays: a cell that was already recovered has a higher epoch.
    store.put_if_absent(item).map(|_| ())
}

pub(super) fn check<S: Store>(store: &S, context: Context<'_>) -> Result<Option<String>, S::Error> {
    let item = store.get(&keys::meta_pk(context.cell), keys::EPOCH_SK)?;
    let epoch = item.as_ref().and_then(|item| item.number("cell_epoch"));
    Ok(match epoch {
        Some(epoch) if epoch >= FIRST => None,
        Some(epoch) => Some(format!("cell_epoch is {epoch}, it starts at {FIRST}")),
        None => Some("the cell has no epoch".to_owned()),
    })
}
