//! `GET /v1/optimizer/runs/{id}`: ControlRoom's memory of the last 24 hours, then DynamoDB.

use crate::call::{Call, Outcome, path_id};
use crate::routes::dynamodb;
use crate::shells::protocol::ReadRun;
use attune_aws::dynamodb::{AttributeValue, GetItem, Item, parse_get_item};
use attune_contracts::run::RunAnswerV1;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{RunId, TenantId, json};
use attune_edge_kit::Answer;
use attune_migrations::{Access, keys};

/// Handles the request.
///
/// # Errors
/// `not_found`, also for another tenant's run; `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let run_id = path_id(call.params[0], RunId::parse)?;
    let body = match call.ask_room(tenant, "/run/read", &ReadRun { run_id: run_id.clone() }).await {
        Ok(answer) => answer.body,
        Err(problem) if problem.code == ProblemCode::NotFound => stored(call, tenant, &run_id).await?,
        Err(problem) => return Err(problem),
    };
    Ok(Answer::json_text(200, body).with("cache-control", "no-store").into())
}

async fn stored(call: &Call<'_>, tenant: &TenantId, run_id: &RunId) -> Result<String, Problem> {
    let access = Access::EdgeGetRun;
    let table = call.settings.table(access.table().name());
    let read = GetItem::new(table, keys::run_pk(tenant, run_id), keys::RUN_SK);
    let mut found = None;
    for answer in dynamodb::send(call, access, vec![read]).await? {
        found = parse_get_item(&answer).map_err(|e| dynamodb::failed(call, access, &e))?;
    }
    let item = found.ok_or_else(|| Problem::new(ProblemCode::NotFound, "there is no run of this id"))?;
    answer_of(&item).ok_or_else(|| call.internal("run", "the item has no answer"))
}

/// The answer as the function stored it. Read as its type, so that a clipped or foreign item is a fault and not an answer.
fn answer_of(item: &Item) -> Option<String> {
    let text = item.get("answer").and_then(AttributeValue::as_s)?;
    json::from_str::<RunAnswerV1>(text).ok().and_then(|answer| serde_json::to_string(&answer).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_is_an_answer() {
        let run = RunAnswerV1::accepted(RunId::new(1, 1));
        let text = serde_json::to_string(&run).unwrap();
        let item = |text: &str| Item::from([("answer".to_owned(), AttributeValue::s(text))]);
        assert_eq!(answer_of(&item(&text)), Some(text));
        assert_eq!(answer_of(&item("{}")), None);
        assert_eq!(answer_of(&Item::default()), None);
    }
}
