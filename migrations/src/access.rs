//! Every query that code sends to DynamoDB.
//!
//! The adapters of the functions' kit and of the edge take an [`Access`] for each call, so a query that is not listed here
//! does not compile, and one that is not in `ACCESS.md` fails a test.

use crate::tables::Table;

/// Who sends a query, and so whose permissions it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// A function, by its name in `infra/resources.json`.
    Function(&'static str),
    /// A route of the Worker, which signs as the edge user of its cell.
    Edge(&'static str),
    /// `cargo dev`, with the operator's own credentials.
    Operator(&'static str),
}

impl Principal {
    /// The text in `ACCESS.md`: the function's name, the route, or the command.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Function(text) | Self::Edge(text) | Self::Operator(text) => text,
        }
    }
}

/// The DynamoDB operation of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `GetItem`.
    GetItem,
    /// `PutItem`.
    PutItem,
    /// `UpdateItem`.
    UpdateItem,
    /// `Query`.
    Query,
}

impl Operation {
    /// The name in DynamoDB's interface, as in the header `X-Amz-Target`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::UpdateItem => "UpdateItem",
            Self::Query => "Query",
        }
    }

    /// The action of an IAM policy, `dynamodb:PutItem`.
    pub fn action(self) -> String {
        format!("dynamodb:{}", self.name())
    }
}

/// A query, by name. `ACCESS.md` lists items, units and hottest-key rate of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The snapshot item, which is its own marker: `attribute_not_exists(pk)`.
    IngestPutSnapshot,
    /// The call: created once, its last-seen values only moved forward.
    IngestUpsertCall,
    /// The channel (leg) of a call.
    IngestUpsertChannel,
    /// A segment at a station.
    IngestUpsertSegment,
    /// The newest four snapshots of (call, leg, station).
    OptimizeQuerySnapshots,
    /// The run with its proposal, `attribute_not_exists(pk)`.
    OptimizePutRun,
    /// The value of a knob in a scope, if newer.
    RecordUpsertParameter,
    /// One parameter change of the history.
    RecordPutChange,
    /// The marker of a mail: begun, `attribute_not_exists(pk)`; then sent, once.
    SendPutMail,
    /// An event of a chat room, if none is there or one whose text was not yet taken away.
    ChatPutEvent,
    /// A run that ControlRoom no longer remembers.
    EdgeGetRun,
    /// The changes of a station, newest first, a page at a time.
    EdgeQueryChanges,
    /// Events of a chat room whose texts the room has let go, or may.
    EdgeQueryChat,
    /// An entry of the ledger of data steps, or the epoch of the cell.
    StepsGetItem,
    /// The same, written once: `attribute_not_exists(pk)`.
    StepsPutItem,
}

/// One row of the list: what the test compares with `ACCESS.md`.
struct Pattern {
    name: &'static str,
    principal: Principal,
    table: Table,
    operation: Operation,
    key: &'static str,
}

impl Access {
    /// All queries, in the order of `ACCESS.md`.
    pub const ALL: [Self; 15] = [
        Self::IngestPutSnapshot,
        Self::IngestUpsertCall,
        Self::IngestUpsertChannel,
        Self::IngestUpsertSegment,
        Self::OptimizeQuerySnapshots,
        Self::OptimizePutRun,
        Self::RecordUpsertParameter,
        Self::RecordPutChange,
        Self::SendPutMail,
        Self::ChatPutEvent,
        Self::EdgeGetRun,
        Self::EdgeQueryChanges,
        Self::EdgeQueryChat,
        Self::StepsGetItem,
        Self::StepsPutItem,
    ];

    const fn pattern(self) -> Pattern {
        use Operation::{GetItem, PutItem, Query, UpdateItem};
        use Principal::{Edge, Function, Operator};
        const INGEST: Principal = Function("ingest-snapshot");
        const OPTIMIZE: Principal = Function("optimize-run");
        const RECORD: Principal = Function("record-change");
        const SEND: Principal = Function("send-mail");
        let (name, principal, table, operation, key) = match self {
            Self::IngestPutSnapshot => (
                "ingest.put-snapshot",
                INGEST,
                Table::Calls,
                PutItem,
                "pk = T#<tenant>#C#<call>, sk = SNAP#<leg>#<station:02>#<index:08>",
            ),
            Self::IngestUpsertCall => {
                ("ingest.upsert-call", INGEST, Table::Calls, UpdateItem, "pk = T#<tenant>#C#<call>, sk = CALL")
            }
            Self::IngestUpsertChannel => {
                ("ingest.upsert-channel", INGEST, Table::Calls, UpdateItem, "pk = T#<tenant>#C#<call>, sk = CH#<leg>")
            }
            Self::IngestUpsertSegment => (
                "ingest.upsert-segment",
                INGEST,
                Table::Calls,
                UpdateItem,
                "pk = T#<tenant>#C#<call>, sk = SEG#<leg>#<station:02>#<index:08>",
            ),
            Self::OptimizeQuerySnapshots => (
                "optimize.query-snapshots",
                OPTIMIZE,
                Table::Calls,
                Query,
                "pk = T#<tenant>#C#<call>, begins_with(sk, SNAP#<leg>#<station:02>#), newest first, limit 4",
            ),
            Self::OptimizePutRun => {
                ("optimize.put-run", OPTIMIZE, Table::Tuning, PutItem, "pk = T#<tenant>#R#<run_id>, sk = RUN")
            }
            Self::RecordUpsertParameter => (
                "record.upsert-parameter",
                RECORD,
                Table::Tuning,
                PutItem,
                "pk = T#<tenant>#S#<station:02>, sk = PAR#<scope>#<knob>",
            ),
            Self::RecordPutChange => (
                "record.put-change",
                RECORD,
                Table::Tuning,
                PutItem,
                "pk = T#<tenant>#S#<station:02>, sk = CHG#<version:012>#<knob>",
            ),
            Self::SendPutMail => {
                ("send.put-mail", SEND, Table::Identity, PutItem, "pk = T#<tenant>#M#<message id>, sk = MAIL")
            }
            Self::ChatPutEvent => (
                "chat.put-event",
                Function("record-chat"),
                Table::Chat,
                PutItem,
                "pk = T#<tenant>#H#<room>, sk = EVT#<number:012>",
            ),
            Self::EdgeGetRun => (
                "edge.get-run",
                Edge("GET /v1/optimizer/runs/{id}"),
                Table::Tuning,
                GetItem,
                "pk = T#<tenant>#R#<run_id>, sk = RUN",
            ),
            Self::EdgeQueryChanges => (
                "edge.query-changes",
                Edge("GET /v1/config/changes"),
                Table::Tuning,
                Query,
                "pk = T#<tenant>#S#<station:02>, begins_with(sk, CHG#), newest first, limit 50",
            ),
            Self::EdgeQueryChat => (
                "edge.query-chat",
                Edge("ChatRoom"),
                Table::Chat,
                Query,
                "pk = T#<tenant>#H#<room>, sk BETWEEN EVT#<number:012> AND EVT#<number:012>",
            ),
            Self::StepsGetItem => (
                "steps.get-item",
                Operator("cargo dev"),
                Table::Identity,
                GetItem,
                "pk = META#<cell>, sk = EPOCH or STEP#<number:04>",
            ),
            Self::StepsPutItem => (
                "steps.put-item",
                Operator("cargo dev"),
                Table::Identity,
                PutItem,
                "pk = META#<cell>, sk = EPOCH or STEP#<number:04>",
            ),
        };
        Pattern { name, principal, table, operation, key }
    }

    /// The name in `ACCESS.md` and in logs and metrics, `ingest.put-snapshot`.
    pub const fn name(self) -> &'static str {
        self.pattern().name
    }

    /// Who sends it.
    pub const fn principal(self) -> Principal {
        self.pattern().principal
    }

    /// The table it goes to.
    pub const fn table(self) -> Table {
        self.pattern().table
    }

    /// The operation it is.
    pub const fn operation(self) -> Operation {
        self.pattern().operation
    }

    /// The key expression, as in `ACCESS.md`. [`crate::keys`] builds the values.
    pub const fn key(self) -> &'static str {
        self.pattern().key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resources;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn names_are_unique_and_carry_their_area() {
        let names: BTreeSet<_> = Access::ALL.iter().map(|access| access.name()).collect();
        assert_eq!(names.len(), Access::ALL.len());
        assert!(names.iter().all(|name| name.split_once('.').is_some()));
    }

    /// The queries of a principal and its permissions on tables say the same, both ways.
    #[test]
    fn permissions_on_tables_are_exactly_what_the_queries_need() {
        let resources = Resources::load().unwrap();
        let mut wanted: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
        for access in Access::ALL {
            let owner = match access.principal() {
                Principal::Function(name) => name,
                Principal::Edge(_) => "edge",
                Principal::Operator(_) => continue,
            };
            let resource = format!("table:{}", access.table().name());
            wanted.entry(owner).or_default().insert((access.operation().action(), resource));
        }
        let mut granted: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
        let roles = resources.functions.iter().map(|(name, function)| (name.as_str(), &function.permissions));
        for (owner, permissions) in roles.chain([("edge", &resources.edge_user.permissions)]) {
            for (resource, actions) in permissions.iter().filter(|(resource, _)| resource.starts_with("table:")) {
                let pairs = actions.iter().map(|action| (action.clone(), resource.clone()));
                granted.entry(owner).or_default().extend(pairs);
            }
        }
        assert_eq!(wanted, granted);
    }
}
