//! Tables of a limiter.

use crate::schema::Schema;

/// Steps of the tables. `state`: a bucket and what is lent of it, not more than the one in memory holds. `idle_at`: from then on
/// the bucket is full and nothing is lent, whatever happened before.
pub const SCHEMA: Schema = Schema {
    class: "limiter",
    steps: &["
CREATE TABLE bucket (name TEXT PRIMARY KEY, state TEXT NOT NULL, idle_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX bucket_idle ON bucket (idle_at);
"],
};
