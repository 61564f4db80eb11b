//! A store in memory that can fail after a number of writes.

use super::{Item, Store};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The failure that [`Memory`] was told to have.
#[derive(Debug, thiserror::Error)]
#[error("the store was told to fail")]
pub(crate) struct Told;

#[derive(Default)]
pub(crate) struct Memory {
    items: RefCell<BTreeMap<(String, String), Item>>,
    writes_left: RefCell<Option<u32>>,
}

impl Memory {
    pub(crate) fn failing_after(writes: u32) -> Self {
        Self { writes_left: RefCell::new(Some(writes)), ..Self::default() }
    }

    pub(crate) fn heal(&self) {
        *self.writes_left.borrow_mut() = None;
    }

    pub(crate) fn items(&self) -> Vec<Item> {
        self.items.borrow().values().cloned().collect()
    }

    pub(crate) fn remove(&self, pk: &str, sk: &str) {
        self.items.borrow_mut().remove(&(pk.to_owned(), sk.to_owned()));
    }
}

impl Store for Memory {
    type Error = Told;

    fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, Told> {
        Ok(self.items.borrow().get(&(pk.to_owned(), sk.to_owned())).cloned())
    }

    fn put_if_absent(&self, item: Item) -> Result<bool, Told> {
        if let Some(left) = self.writes_left.borrow_mut().as_mut() {
            *left = left.checked_sub(1).ok_or(Told)?;
        }
        let key = (item.pk.clone(), item.sk.clone());
        let mut items = self.items.borrow_mut();
        let absent = !items.contains_key(&key);
        items.entry(key).or_insert(item);
        Ok(absent)
    }
}
