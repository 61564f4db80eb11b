//! `GET /v1/chat/rooms/{room}/attachments/{attachment}`: the bytes of a picture, for members; before it is sent, for its maker.

use super::{ask, beside, in_path, member};
use crate::bucket;
use crate::call::{Call, Outcome, Reply, path_id};
use crate::shells::chat_room::ChatCommand;
use attune_contracts::chat::AttachmentV1;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::AttachmentId;
use attune_edge_kit::{Answer, log, transport};
use attune_objects::chat::{BUCKET, attachment_key};

/// So long a slow line may take for the largest picture, ms.
const TIMEOUT_MS: u32 = 60_000;

/// Handles the request.
///
/// # Errors
/// `not_found`, `forbidden`, `room_ended`, `invalid_dpop_proof`, `use_dpop_nonce`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let id = path_id(call.params[1], AttachmentId::parse)?;
    let (holder, pass) = member(call).await?;
    let asked = ChatCommand::Attachment(beside(&holder, pass), id.as_str().to_owned());
    let picture: AttachmentV1 = call.read(&ask(call, &holder.tenant, &room, &asked).await?)?;
    let key = attachment_key(holder.tenant.as_str(), room.as_str(), id.as_str());
    let request = bucket::plain(call.settings, "GET", BUCKET, &key).map_err(|e| call.internal("picture", e))?;
    let response =
        transport::begin(&request, TIMEOUT_MS).await.map_err(|e| call.unreachable("bucket of pictures", &e))?;
    match response.status() {
        200 => {}
        // who may not list a bucket is told 403 of what is not there
        status @ (403 | 404) => {
            log::warn("picture.missing").with("status", status).write();
            return Err(Problem::new(ProblemCode::NotFound, "there is nothing of this id"));
        }
        status => {
            log::warn("picture.unread").with("status", status).write();
            return Err(Problem::new(ProblemCode::Unavailable, "the picture cannot be read now").retry_after(2));
        }
    }
    let answer = Answer { status: 200, headers: vec![("content-type", picture.media_type.into())], body: None }
        .with("content-disposition", "attachment")
        .with("cache-control", "private, max-age=3600");
    Ok(Reply::Stream(answer, response))
}
