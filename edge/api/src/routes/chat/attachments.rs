//! `POST /v1/chat/rooms/{room}/attachments`: a picture, to be sent with a message. The room takes note of it before its bytes are stored,
//! so what lies in the bucket is known to it, and goes when nobody sends it.
//!
//! `GET /v1/chat/rooms/{room}/attachments/{attachment}`: its bytes, for members; before it is sent, for its maker.

use super::{ask, beside, in_path, member};
use crate::bucket;
use crate::call::{Call, Outcome, Reply, path_id};
use crate::shells::chat_room::ChatCommand;
use attune_chat::picture::media_type;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::AttachmentId;
use attune_edge_kit::{Answer, log, random, transport};
use attune_objects::chat::{BUCKET, attachment_key};
use serde_json::Value;

/// So long a slow line may take for the largest picture, ms.
const TIMEOUT_MS: u32 = 60_000;

/// Handles both: who may what is the room's to say.
///
/// # Errors
/// `unsupported_media_type`, `payload_too_large`, `not_found`, `forbidden`, `room_ended`, `rate_limited`, `invalid_dpop_proof`,
/// `use_dpop_nonce`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let (id, made) = match call.params[1] {
        "" => (AttachmentId::new(call.now, random::u128()), Some(sent(call)?)),
        id => (path_id(id, AttachmentId::parse)?, None),
    };
    let (holder, pass) = member(call).await?;
    let key = attachment_key(holder.tenant.as_str(), room.as_str(), id.as_str());
    let (id, media_type) = (id.as_str().to_owned(), made.unwrap_or_default().to_owned());
    let command = ChatCommand::Picture(beside(&holder, pass), id, media_type, call.body.len() as u64);
    let answer = ask(call, &holder.tenant, &room, &command).await?;
    if let Some(media_type) = made {
        if !bucket::put(call.settings, (BUCKET, &key), media_type, &call.body).await {
            return Err(Problem::new(ProblemCode::Unavailable, "the picture cannot be stored now").retry_after(2));
        }
        return Ok(Answer::json_text(201, answer.body).with("cache-control", "no-store").into());
    }
    let picture: Value = call.read(&answer)?;
    let media_type = picture["type"].as_str().unwrap_or_default().to_owned();
    let request = bucket::plain(call.settings, "GET", BUCKET, &key).map_err(|e| call.internal("picture", e))?;
    let response =
        transport::begin(&request, TIMEOUT_MS).await.map_err(|e| call.unreachable("bucket of pictures", &e))?;
    let status = response.status();
    if status != 200 {
        log::warn("picture.unread").with("status", status).write();
        // who may not list a bucket is told 403 of what is not there
        return Err(match status {
            403 | 404 => Problem::new(ProblemCode::NotFound, "there is nothing of this id"),
            _ => Problem::new(ProblemCode::Unavailable, "the picture cannot be read now").retry_after(2),
        });
    }
    let answer = Answer { status, headers: vec![("content-type", media_type.into())], body: None }
        .with("content-disposition", "attachment")
        .with("cache-control", "private, max-age=3600");
    Ok(Reply::Stream(answer, response))
}

/// The type of the picture in the body, if it is one and what the header says.
fn sent(call: &Call<'_>) -> Result<&'static str, Problem> {
    let said = call.incoming.header("content-type");
    media_type(&call.body).filter(|is| said.as_deref() == Some(*is)).ok_or_else(|| {
        let detail = "expected an image/png, image/jpeg, image/webp or image/gif that is what its bytes say";
        Problem::new(ProblemCode::UnsupportedMediaType, detail)
    })
}
