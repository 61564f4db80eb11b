//! What the function works with.

use attune_domain::Cell;
use attune_functions_kit::Kit;
use attune_functions_kit::store::Store;

/// The function.
#[derive(Debug, Clone)]
pub struct RecordChat {
    pub(crate) cell: Cell,
    pub(crate) store: Store,
}

impl RecordChat {
    /// From the kit.
    pub fn new(kit: &Kit) -> Self {
        Self { cell: kit.config.cell.clone(), store: Store::new(kit.aws.dynamodb.clone(), &kit.config.table_prefix) }
    }
}
