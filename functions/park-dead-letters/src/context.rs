//! What the function works with.

use attune_functions_kit::Kit;
use attune_functions_kit::bucket::Bucket;

/// The function.
#[derive(Debug, Clone)]
pub struct Park {
    pub(crate) letters: Bucket,
    /// `attune-<env>-`, which the names of all queues begin with.
    pub(crate) queue_prefix: String,
}

impl Park {
    /// From the kit.
    pub fn new(kit: &Kit) -> Self {
        Self {
            letters: Bucket::new(kit.aws.s3.clone(), &kit.config.bucket_prefix, "dead-letters"),
            queue_prefix: format!("attune-{}-", kit.config.environment),
        }
    }
}
