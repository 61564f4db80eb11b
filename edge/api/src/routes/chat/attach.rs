//! `POST /v1/chat/rooms/{room}/attachments`: a picture, to be sent with a message. The room takes note of it before its bytes are stored,
//! so what lies in the bucket is known to it, and goes when nobody sends it.

use super::{ask, beside, in_path, member};
use crate::bucket;
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;
use attune_chat::picture::media_type;
use attune_contracts::chat::{AttachmentV1, ChatAttachmentV1};
use attune_contracts::{Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::AttachmentId;
use attune_edge_kit::{Answer, random};
use attune_objects::chat::{BUCKET, attachment_key};

/// Handles the request.
///
/// # Errors
/// `unsupported_media_type`, `payload_too_large`, `not_found`, `forbidden`, `room_ended`, `rate_limited`, `invalid_dpop_proof`,
/// `use_dpop_nonce`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let said = call.incoming.header("content-type");
    let Some(media_type) = media_type(&call.body).filter(|is| said.as_deref() == Some(*is)) else {
        let detail = "expected an image/png, image/jpeg, image/webp or image/gif, and bytes that are what the header says";
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
    };
    let (holder, pass) = member(call).await?;
    let id = AttachmentId::new(call.now, random::u128()).as_str().to_owned();
    let size = call.body.len() as u64;
    let key = attachment_key(holder.tenant.as_str(), room.as_str(), &id);
    let picture = AttachmentV1 { id: id.clone(), media_type: media_type.to_owned(), size };
    ask(call, &holder.tenant, &room, &ChatCommand::Attach(beside(&holder, pass), picture)).await?;
    if !bucket::put(call.settings, (BUCKET, &key), media_type, &call.body).await {
        return Err(Problem::new(ProblemCode::Unavailable, "the picture cannot be stored now").retry_after(2));
    }
    let media_type = media_type.to_owned();
    let made = ChatAttachmentV1 { schema_version: SCHEMA_VERSION, attachment_id: id, media_type, size };
    Ok(Answer::json(201, &made).with("cache-control", "no-store").into())
}
