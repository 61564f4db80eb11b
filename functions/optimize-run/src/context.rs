//! What the function works with.

use attune_domain::Cell;
use attune_functions_kit::edge::Edge;
use attune_functions_kit::store::Store;
use attune_functions_kit::{EdgeConfig, Kit};

/// The function.
#[derive(Debug)]
pub struct OptimizeRun {
    pub(crate) cell: Cell,
    pub(crate) store: Store,
    pub(crate) edge: Edge,
}

impl OptimizeRun {
    /// From the kit, and where the edge is.
    pub fn new(kit: &Kit, edge: EdgeConfig) -> Self {
        Self {
            cell: kit.config.cell.clone(),
            store: Store::new(kit.aws.dynamodb.clone(), &kit.config.table_prefix),
            edge: Edge::new(kit.config.clone(), edge),
        }
    }
}
