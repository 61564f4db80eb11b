//! The widget's files, as pages get them: served by the runtime's static assets, beside the Worker.

use crate::world::World;
use attune_contract_tests::http::{Request, Response};
use attune_dev::stack::{files, widget_version};

pub const TESTS: &[crate::Test] = &[
    ("a_version_is_kept_for_ever", pinned),
    ("v1_and_latest_follow_the_newest", floating),
    ("what_is_known_is_not_sent_again", revalidated),
    ("files_are_compressed_as_the_browser_likes", compressed),
    ("pages_of_all_origins_may_load_it", shared),
    ("what_is_not_there_is_not_found", missing),
    ("a_whole_call_is_smaller_than_complete_widgets_of_others", small),
];

/// The smaller of two complete voice widgets of others, bytes of gzip -9.
const COMPLETE: usize = 184_000;

fn get(world: &World, target: &str) -> Response {
    world.send_unchecked(&Request::new("GET", target))
}

/// The script of the version at hand.
fn script(world: &World) -> String {
    format!("/widget/{}/widget.js", widget_version(&world.stack.paths).unwrap())
}

fn pinned(world: &World) {
    let version = widget_version(&world.stack.paths).unwrap();
    let built = files(&world.stack.paths.local.join("widget")).unwrap();
    assert!(
        built.contains_key(std::ffi::OsStr::new("widget.js")) && built.contains_key(std::ffi::OsStr::new("voice.js"))
    );
    for (name, bytes) in built {
        let target = format!("/widget/{version}/{}", name.to_string_lossy());
        let answer = get(world, &target);
        assert_eq!(answer.status, 200, "{target}");
        assert!(answer.body == bytes, "{target} is not what was built");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{target}");
        assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"), "{target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        // the Worker was not asked: all its answers have one
        assert_eq!(answer.header("x-request-id"), None, "{target}");
    }
    let head = world.send_unchecked(&Request::new("HEAD", &script(world)));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

fn floating(world: &World) {
    let newest = get(world, &script(world));
    let major = script(world).split(['/', '.']).nth(2).unwrap().to_owned();
    for folder in [format!("v{major}"), "latest".to_owned()] {
        let answer = get(world, &format!("/widget/{folder}/widget.js"));
        assert!(answer.status == 200 && answer.body == newest.body, "{folder}");
        let kept = answer.header("cache-control");
        assert_eq!(kept, Some("public, max-age=300, stale-while-revalidate=86400"), "{folder}");
    }
}

fn revalidated(world: &World) {
    let tag = get(world, &script(world)).header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    let again = world.send_unchecked(&Request::new("GET", &script(world)).header("if-none-match", &tag));
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert_eq!(again.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let other = world.send_unchecked(&Request::new("GET", &script(world)).header("if-none-match", "\"other\""));
    assert_eq!(other.status, 200);
    // other files have other tags
    let chunk = get(world, &script(world).replace("widget.js", "voice.js"));
    assert_ne!(chunk.header("etag"), Some(tag.as_str()));
}

fn compressed(world: &World) {
    let plain = get(world, &script(world));
    assert_eq!(plain.header("content-encoding"), None);
    for (accepted, used) in [("br, gzip", "br"), ("gzip", "gzip"), ("gzip;q=0.5, br;q=1", "br")] {
        let answer = world.send_unchecked(&Request::new("GET", &script(world)).header("accept-encoding", accepted));
        assert_eq!((answer.status, answer.header("content-encoding")), (200, Some(used)), "{accepted}");
        assert!(answer.body.len() * 2 < plain.body.len(), "{accepted}: {} bytes", answer.body.len());
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{accepted}");
    }
}

fn shared(world: &World) {
    let answer = world.send_unchecked(&Request::new("GET", &script(world)).header("origin", "https://shop.example"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(answer.header("set-cookie"), None);
}

fn missing(world: &World) {
    let known = script(world);
    let strange = [known.replace("widget.js", "other.js"), "/widget/0.0.1/widget.js".into(), "/widget/".into()];
    for target in strange {
        assert_eq!(get(world, &target).status, 404, "{target}");
    }
    // it may come: nobody may remember for a year that it was not there
    let later = get(world, &known.replace("/widget/1.", "/widget/1.9"));
    assert_eq!((later.status, later.header("cache-control")), (404, Some("no-cache")));
    assert_eq!(world.send_unchecked(&Request::new("POST", &known).bytes("text/plain", "x")).status, 405);
}

/// All that a call loads.
fn small(world: &World) {
    let gzip = |name: &str| {
        let file = world.stack.paths.local.join("widget").join(name);
        let out = std::process::Command::new("gzip").args(["-9", "-c"]).arg(&file).output().unwrap();
        assert!(out.status.success(), "{}", file.display());
        out.stdout.len()
    };
    let sizes = ["widget.js", "call.js", "voice.js"].map(gzip);
    assert!(sizes.iter().sum::<usize>() < COMPLETE, "{sizes:?}");
}
