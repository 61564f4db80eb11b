//! `GET /console/preview/{widget}` and `GET /console/{file}`: the pages of the console, files of the Worker's assets.

use crate::call::{Call, Outcome};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::Answer;
use attune_edge_kit::object::Stub;

/// The files, and their media types. Not `.html`: of such names the assets have addresses of their own.
const FILES: [(&str, &str); 3] = [
    ("preview.htm", "text/html; charset=utf-8"),
    ("preview.js", "text/javascript; charset=utf-8"),
    ("preview.css", "text/css; charset=utf-8"),
];

/// Nothing but what this origin serves, and nobody's frame: whoever is signed in here changes what stands on the tenant's pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers with a file.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn handle(call: &Call<'_>, file: &str) -> Outcome {
    let known = FILES.into_iter().find(|(name, _)| *name == file);
    let (name, media) = known.ok_or_else(|| Problem::new(ProblemCode::NotFound, "the console has no such file"))?;
    let found = Stub::assets(call.env).get(&format!("/console-{name}")).await;
    let found = found.map_err(|e| call.unreachable("assets", &e))?;
    if found.status != 200 {
        return Err(call.internal("console", found.status));
    }
    let answer = Answer::text(200, media, found.body)
        .with("content-security-policy", POLICY)
        .with("permissions-policy", "camera=(), geolocation=(), microphone=(self)")
        .with("cache-control", "no-cache");
    Ok(answer.into())
}
