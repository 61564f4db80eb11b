//! `GetItem` and `Query` of DynamoDB by the AWS JSON 1.0 protocol: the edge reads, functions write.

mod call;
mod value;

pub use call::{GetItem, Query, QueryPage, parse_get_item, parse_query};
pub use value::{AttributeValue, Item, from_json, item_from_json, item_to_json, to_json};
