//! What the function works with.

use attune_domain::Cell;
use attune_functions_kit::Kit;
use attune_functions_kit::bucket::Bucket;
use attune_functions_kit::queue::Queues;
use attune_functions_kit::store::Store;

/// The function.
#[derive(Debug, Clone)]
pub struct Ingest {
    pub(crate) cell: Cell,
    pub(crate) store: Store,
    pub(crate) raw: Bucket,
    pub(crate) queues: Queues,
}

impl Ingest {
    /// From the kit.
    pub fn new(kit: &Kit) -> Self {
        Self {
            cell: kit.config.cell.clone(),
            store: Store::new(kit.aws.dynamodb.clone(), &kit.config.table_prefix),
            raw: Bucket::new(kit.aws.s3.clone(), &kit.config.bucket_prefix, "raw"),
            queues: Queues::new(kit.aws.sqs.clone(), &kit.config.queue_url_prefix),
        }
    }
}
