//! Typed reader of `migrations/tables/*.json`.

use crate::DefinitionError;
use serde::Deserialize;

/// A table, by its short name. The full name is `attune-<env>-<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Call, channel, segment and station snapshot.
    Calls,
    /// Optimizer run, parameter and parameter change.
    Tuning,
    /// Projection of tenants and keys; epoch and ledger of the cell.
    Identity,
    /// What was said in chat rooms.
    Chat,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Calls, Self::Tuning, Self::Identity, Self::Chat];

    /// The short name, `calls`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Tuning => "tuning",
            Self::Identity => "identity",
            Self::Chat => "chat",
        }
    }

    /// The full name under a prefix such as `attune-local-`.
    pub fn full_name(self, prefix: &str) -> String {
        format!("{prefix}{}", self.name())
    }

    const fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::Calls => ("migrations/tables/calls.json", include_str!("../tables/calls.json")),
            Self::Tuning => ("migrations/tables/tuning.json", include_str!("../tables/tuning.json")),
            Self::Identity => ("migrations/tables/identity.json", include_str!("../tables/identity.json")),
            Self::Chat => ("migrations/tables/chat.json", include_str!("../tables/chat.json")),
        }
    }

    /// The definition that is compiled into this crate.
    ///
    /// # Errors
    /// The file has another shape, or breaks a rule that [`TableDefinition::problems`] names.
    pub fn definition(self) -> Result<TableDefinition, DefinitionError> {
        let (file, text) = self.source();
        let definition: TableDefinition =
            serde_json::from_str(text).map_err(|source| DefinitionError::Shape { file, source })?;
        let mut problems = definition.problems();
        if definition.name != self.name() {
            problems.push(format!("name is {:?}, the file says {:?}", definition.name, self.name()));
        }
        if problems.is_empty() { Ok(definition) } else { Err(DefinitionError::Rules { file, problems }) }
    }
}

/// One file of `migrations/tables/`. Unknown fields are refused: a misspelt setting must not be skipped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDefinition {
    /// Version of the shape of the items, 1 or more.
    pub version: u32,
    /// Short name.
    pub name: String,
    /// What it holds, with its keys.
    pub description: String,
    /// Partition key.
    pub partition_key: Attribute,
    /// Sort key.
    pub sort_key: Attribute,
    /// Attribute with the epoch seconds after which DynamoDB may clean the item away.
    pub ttl_attribute: String,
    /// Always on demand.
    pub billing_mode: BillingMode,
    /// Point-in-time recovery (35 days).
    pub point_in_time_recovery: bool,
    /// Refuses deletion; `envs/local` turns it off.
    pub deletion_protection: bool,
    /// Encryption at rest.
    pub encryption: Encryption,
    /// Global secondary indexes: none unless a query in `ACCESS.md` needs one.
    pub indexes: Vec<Index>,
}

/// A key attribute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Name in the item.
    pub name: String,
    /// Its scalar type.
    #[serde(rename = "type")]
    pub kind: AttributeKind,
}

/// Scalar type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AttributeKind {
    /// String.
    S,
    /// Number.
    N,
}

impl AttributeKind {
    /// `S` or `N`, as `CreateTable` wants it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
        }
    }
}

/// How capacity is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum BillingMode {
    /// On demand.
    #[serde(rename = "PAY_PER_REQUEST")]
    PayPerRequest,
}

/// Encryption at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Encryption {
    /// The key `aws/dynamodb` in AWS KMS.
    #[serde(rename = "aws-managed")]
    AwsManaged,
}

/// A global secondary index that projects all attributes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Name of the index.
    pub name: String,
    /// Its partition key.
    pub partition_key: Attribute,
    /// Its sort key.
    pub sort_key: Attribute,
}

impl TableDefinition {
    /// Rules that the types do not say, one sentence per broken one.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut rule = |holds: bool, says: &str| {
            if !holds {
                problems.push(says.to_owned());
            }
        };
        rule(self.version >= 1, "version starts at 1");
        rule(self.partition_key.name == crate::keys::PK, "the partition key is named pk");
        rule(self.sort_key.name == crate::keys::SK, "the sort key is named sk");
        rule(self.ttl_attribute == "expires_at", "the TTL attribute is named expires_at");
        rule(self.point_in_time_recovery, "point-in-time recovery is on (decision 2)");
        rule(self.deletion_protection, "deletion protection is on");
        rule(
            self.indexes.iter().all(|index| index.partition_key.name != "tenant"),
            "no index has the tenant alone as key",
        );
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_is_valid() {
        for table in Table::ALL {
            let definition = table.definition().unwrap();
            assert_eq!(definition.name, table.name());
        }
        assert_eq!(Table::Calls.full_name("attune-local-"), "attune-local-calls");
    }

    #[test]
    fn a_broken_definition_says_what_is_wrong() {
        let mut definition = Table::Calls.definition().unwrap();
        definition.point_in_time_recovery = false;
        definition.ttl_attribute = "ttl".into();
        let problems = definition.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn unknown_fields_are_refused() {
        let text = include_str!("../tables/calls.json").replacen("\"version\"", "\"versoin\": 1, \"version\"", 1);
        assert!(serde_json::from_str::<TableDefinition>(&text).is_err());
    }

    /// A new file in the folder must be known here, or the local start and the code would not see it.
    #[test]
    fn every_file_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tables");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let mut known: Vec<_> = Table::ALL.map(Table::name).to_vec();
        known.sort();
        assert_eq!(names, known);
    }
}
